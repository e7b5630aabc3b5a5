// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/icon.h"

#include <QCoreApplication>
#include <QFile>
#include <QGuiApplication>
#include <QIconEngine>
#include <QPainter>
#include <QPixmapCache>
#include <QSvgRenderer>

using namespace Qt::StringLiterals;

static void registerIcons()
{
    Q_INIT_RESOURCE(icons); // must stand outside every namespace; needed because the library is static
}

namespace kernelyard {

static const char *fileOf(Glyph glyph)
{
    static constexpr std::array names{"environments",  "builds",        "wheels",        "forks",
                                      "gpu",           "validation",    "benchmarks",    "settings",
                                      "search",        "filter",        "refresh",       "plus",
                                      "minus",         "play",          "terminal",      "more",
                                      "chevron-right", "chevron-down",  "chevron-up",    "copy",
                                      "export",        "download",      "disk",          "wrap",
                                      "clock",         "pause",         "stop",          "folder",
                                      "link",          "document",      "close",         "tick",
                                      "repair",        "keyboard",      "state-success", "state-warning",
                                      "state-failed",  "state-running", "state-ring",    "state-cached",
                                      "state-waiting", "state-unknown", "state-stopped", "state-interrupted",
                                      "state-rejected"};
    static_assert(names.size() == static_cast<std::size_t>(Glyph::Rejected) + 1);
    return names[static_cast<std::size_t>(glyph)];
}

Glyph glyphOf(State state)
{
    static constexpr std::array glyphs{Glyph::Success, Glyph::Warning, Glyph::Failed,  Glyph::Running,    Glyph::Cached,
                                       Glyph::Waiting, Glyph::Unknown, Glyph::Stopped, Glyph::Interrupted};
    return glyphs[static_cast<std::size_t>(state)];
}

QString wordOf(State state)
{
    const auto tr = [](const char *word) { return QCoreApplication::translate("State", word); };
    switch (state) {
    case State::Success:
        return tr("Done");
    case State::Warning:
        return tr("Warning");
    case State::Failed:
        return tr("Failed");
    case State::Running:
        return tr("Running");
    case State::Cached:
        return tr("cached");
    case State::Waiting:
        return tr("Queued");
    case State::Unknown:
        return tr("Unknown");
    case State::Stopped:
        return tr("Cancelled");
    case State::Interrupted:
        return tr("Interrupted");
    }
    return {};
}

static QByteArray sourceOf(Glyph glyph)
{
    static const bool registered = (registerIcons(), true);
    Q_UNUSED(registered)
    QFile file(u":/icons/"_s + QLatin1StringView(fileOf(glyph)) + u".svg"_s);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

static QPixmap picture(Glyph glyph, int size, double ratio, const QColor &color)
{
    const QString key = u"glyph-%1-%2-%3-%4"_s.arg(static_cast<int>(glyph)).arg(size).arg(ratio).arg(color.rgba());
    QPixmap made;
    if (QPixmapCache::find(key, &made))
        return made;
    made = QPixmap(QSize(size, size) * ratio);
    made.setDevicePixelRatio(ratio);
    made.fill(Qt::transparent);
    QSvgRenderer renderer(sourceOf(glyph).replace("currentColor", color.name().toLatin1()));
    QPainter painter(&made);
    painter.setOpacity(color.alphaF());
    renderer.render(&painter, QRectF(0, 0, size, size));
    painter.end();
    QPixmapCache::insert(key, made);
    return made;
}

void paintGlyph(QPainter &painter, const QRect &rect, Glyph glyph, const QColor &color)
{
    const int size = qMin(rect.width(), rect.height());
    if (size <= 0)
        return;
    const QPoint corner(rect.x() + (rect.width() - size) / 2, rect.y() + (rect.height() - size) / 2);
    painter.drawPixmap(corner, picture(glyph, size, painter.device()->devicePixelRatioF(), color));
}

void paintState(QPainter &painter, const QRect &rect, State state, const Theme &theme, double turn)
{
    if (state != State::Running || turn == 0) {
        paintGlyph(painter, rect, glyphOf(state), theme.color(state));
        return;
    }
    painter.save();
    painter.setRenderHints(QPainter::Antialiasing | QPainter::SmoothPixmapTransform);
    painter.translate(QRectF(rect).center());
    painter.rotate(360 * turn);
    paintGlyph(painter, QRect(-rect.width() / 2, -rect.height() / 2, rect.width(), rect.height()), Glyph::Ring,
               theme.color(state));
    painter.rotate(-360 * turn);
    const double unit = qMin(rect.width(), rect.height()) / 16.0;
    const std::array corners{QPointF(-1.3, -2.6) * unit, QPointF(-1.3, 2.6) * unit, QPointF(2.6, 0) * unit};
    painter.setPen(Qt::NoPen);
    painter.setBrush(theme.color(state));
    painter.drawPolygon(corners.data(), corners.size());
    painter.restore();
}

namespace {

class GlyphEngine final : public QIconEngine
{
public:
    GlyphEngine(Glyph glyph, Ink ink)
        : m_glyph(glyph)
        , m_ink(ink)
    {}
    explicit GlyphEngine(State state)
        : m_glyph(glyphOf(state))
        , m_state(state)
    {}

    void paint(QPainter *painter, const QRect &rect, QIcon::Mode mode, QIcon::State) override
    {
        paintGlyph(*painter, rect, m_glyph, color(mode));
    }

    QPixmap pixmap(const QSize &size, QIcon::Mode mode, QIcon::State) override
    {
        return picture(m_glyph, qMin(size.width(), size.height()), 1, color(mode));
    }

    QPixmap scaledPixmap(const QSize &size, QIcon::Mode mode, QIcon::State, qreal scale) override
    {
        return picture(m_glyph, qRound(qMin(size.width(), size.height()) / scale), scale, color(mode));
    }

    QIconEngine *clone() const override { return new GlyphEngine(*this); }

private:
    QColor color(QIcon::Mode mode) const
    {
        const QPalette palette = QGuiApplication::palette();
        const Theme &theme = Theme::of(palette);
        if (mode == QIcon::Disabled)
            return palette.color(QPalette::Disabled, QPalette::Text);
        if (m_state)
            return theme.color(*m_state);
        switch (m_ink) {
        case Ink::Muted:
            return theme.muted;
        case Ink::Accent:
            return theme.accent;
        case Ink::OnAccent:
            return theme.onAccent;
        case Ink::Text:
            break;
        }
        return theme.text;
    }

    Glyph m_glyph;
    Ink m_ink = Ink::Text;
    std::optional<State> m_state;
};

} // namespace

QIcon icon(Glyph glyph, Ink ink)
{
    return QIcon(new GlyphEngine(glyph, ink));
}

QIcon icon(State state)
{
    return QIcon(new GlyphEngine(state));
}

} // namespace kernelyard
