// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/validation/verdictcard.h"

#include "ui/models/figures.h"
#include "ui/validation/validationmodel.h"
#include "ui/widgets/icon.h"
#include "ui/widgets/label.h"
#include "ui/widgets/layerboxes.h"
#include "ui/widgets/ring.h"

#include <QHBoxLayout>
#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>
#include <numeric>

using namespace Qt::StringLiterals;

namespace kernelyard {

/// The large shape of a verdict.
class StateMark : public QWidget
{
public:
    StateMark()
    {
        setFixedSize(px(28), px(28));
        new RingTicker(this, [this] { return m_state == State::Running; });
    }

    void setState(State state)
    {
        m_state = state;
        update();
    }

protected:
    void paintEvent(QPaintEvent *) override
    {
        QPainter painter(this);
        paintState(painter, rect(), m_state, Theme::of(palette()), m_state == State::Running ? ringTurn() : 0);
    }

private:
    State m_state = State::Unknown;
};

/// The last whole part of a slash-separated name and hash facts: "commit 8c1f04e, seed 731904, cpu".
static QString factsText(const ValidationRun &run)
{
    QStringList parts;
    const QString commit = run.facts.value(u"commit"_s).toString();
    if (!commit.isEmpty())
        parts.append(VerdictCard::tr("Commit %1").arg(commit.left(7)) +
                     (run.facts.value(u"dirty"_s).toBool() ? VerdictCard::tr(" with changes") : QString()));
    if (run.facts.contains(u"seed"_s))
        parts.append(VerdictCard::tr("seed %1").arg(run.facts.value(u"seed"_s).toInteger()));
    const bool onCpu = run.facts.value(u"device"_s).toString() == u"cpu"_s;
    const QString device = onCpu ? u"CPU"_s : run.facts.value(u"deviceName"_s).toString();
    if (!device.isEmpty())
        parts.append(device);
    if (run.verdict.seconds > 0)
        parts.append(VerdictCard::tr("%1 s").arg(run.verdict.seconds, 0, 'f', run.verdict.seconds < 10 ? 1 : 0));
    return parts.isEmpty() ? QString() : QString(parts.join(u", "_s) + u'.');
}

static QString controlsText(const ValidationRun &run)
{
    const auto rejected = std::count_if(run.controls.cbegin(), run.controls.cend(),
                                        [](const NegativeControl &control) { return control.rejected; });
    if (run.controls.isEmpty())
        return VerdictCard::tr("No negative control has run.");
    if (rejected == run.controls.size())
        return VerdictCard::tr("%1 of %1 negative controls failed, as they must.").arg(run.controls.size());
    return VerdictCard::tr("%1 of %2 negative controls passed, and none may.")
        .arg(run.controls.size() - rejected)
        .arg(run.controls.size());
}

static QList<KeyFigure> keyFigures(const ValidationRun &run)
{
    const ValidationCase *error = nullptr;
    const ValidationCase *cosine = nullptr;
    const ValidationCase *fastest = nullptr;
    for (const ValidationCase &one : run.cases) {
        // Worst by its share of its own limit: the limits differ between types.
        const auto share = [](const ValidationCase &c) { return std::isnan(c.relL2) ? 1e300 : c.relL2 / c.relL2Limit; };
        const auto loss = [](const ValidationCase &c) { return std::isnan(c.cosine) ? 2 : 1 - c.cosine; };
        if (!error || share(one) > share(*error))
            error = &one;
        if (!cosine || loss(one) > loss(*cosine))
            cosine = &one;
        if (one.gflops && (!fastest || *one.gflops > *fastest->gflops))
            fastest = &one;
    }
    QList<KeyFigure> figures;
    if (error)
        figures.append({VerdictCard::tr("Worst rel. L2"), scientific(error->relL2),
                        VerdictCard::tr("limit %1, %2").arg(scientific(error->relL2Limit), error->dtype)});
    if (cosine)
        figures.append({VerdictCard::tr("Worst cosine"), cosineText(cosine->cosine),
                        VerdictCard::tr("limit %1").arg(QString::number(cosine->cosineLimit, 'g', 8))});
    const auto quickest = std::ranges::max_element(run.speeds, {}, &SpeedFigure::tflops);
    if (quickest != run.speeds.end()) {
        const bool tera = quickest->tflops >= 1;
        figures.append({VerdictCard::tr("Fastest"),
                        tera
                            ? VerdictCard::tr("%1 TFLOP/s").arg(quickest->tflops, 0, 'f', quickest->tflops < 10 ? 1 : 0)
                            : VerdictCard::tr("%1 GFLOP/s").arg(quickest->tflops * 1000, 0, 'f', 0),
                        quickest->ofListedPeak
                            ? VerdictCard::tr("%1 % of listed peak").arg(*quickest->ofListedPeak * 100, 0, 'f', 0)
                            : u"%1, %2"_s.arg(backendText(quickest->backend), quickest->dtype)});
    } else if (fastest) {
        figures.append({VerdictCard::tr("Fastest"), VerdictCard::tr("%1 GFLOP/s").arg(*fastest->gflops, 0, 'f', 0),
                        u"%1, %2"_s.arg(fastest->dtype, shapeText(*fastest))});
    }
    return figures;
}

VerdictWords verdictWords(const ValidationRun &run, bool isRunning, const QString &failure)
{
    VerdictWords words;
    words.figures = keyFigures(run);
    const auto passed =
        std::count_if(run.cases.cbegin(), run.cases.cend(), [](const ValidationCase &one) { return one.passed(); });
    const auto announced = run.facts.value(u"cases"_s).toInt();
    const auto tr = [](const char *text) { return VerdictCard::tr(text); };
    if (!run.error.isEmpty()) {
        words.state = State::Failed;
        words.title = tr("Not run: %1").arg(run.error);
        words.sub = run.remedy;
        return words;
    }
    if (isRunning) {
        words.state = State::Running;
        words.done = static_cast<int>(run.cases.size());
        words.total = announced;
        words.title = announced > 0 ? tr("Running: %1 of %2 cases").arg(run.cases.size()).arg(announced)
                                    : tr("Running: no case has arrived yet");
        words.sub =
            run.cases.isEmpty()
                ? tr("Cases appear as the suite prints them.")
                : tr("%1 right, %2 failed so far. %3").arg(passed).arg(run.cases.size() - passed).arg(factsText(run));
        return words;
    }
    words.sub = controlsText(run) + u' ' + factsText(run);
    switch (run.verdict.verdict) {
    case Verdict::Pass:
        words.state = State::Success;
        words.title = tr("Pass: %1 of %2 cases are right").arg(passed).arg(run.cases.size());
        break;
    case Verdict::Fail: {
        words.state = State::Failed;
        words.title = tr("Failed: %1 of %2 cases are wrong").arg(run.cases.size() - passed).arg(run.cases.size());
        for (const ValidationCase &one : run.cases)
            if (!one.passed()) {
                words.title += tr(", first %1 %2").arg(one.dtype, shapeText(one));
                break;
            }
        break;
    }
    case Verdict::Void:
        words.state = State::Failed;
        words.title = tr("Void: the comparison can't be trusted");
        break;
    case Verdict::Incomplete:
        words.state = State::Interrupted;
        words.title = announced > 0 ? tr("Cut off after %1 of %2 cases").arg(run.cases.size()).arg(announced)
                                    : tr("Cut off before the first case");
        if (!failure.isEmpty())
            words.sub = failure.section(u'\n', 0, 0);
        break;
    }
    return words;
}

VerdictCard::VerdictCard(QWidget *parent)
    : Card(parent)
    , m_mark(new StateMark)
    , m_title(new Label({}, Type::Object))
    , m_sub(new Label({}, Type::Body, Tone::Muted))
    , m_progress(new ProgressLine)
{
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    auto *words = new QVBoxLayout;
    words->setSpacing(px(4));
    words->addWidget(m_title);
    words->addWidget(m_sub);
    words->addWidget(m_progress);
    auto *row = new QHBoxLayout;
    row->setSpacing(px(14));
    row->addWidget(m_mark);
    row->addLayout(words, 1);
    for (Figure &figure : m_figures) {
        figure = {new QWidget, new Label({}, Type::Secondary, Tone::Muted), new Label({}, Type::Title),
                  new Label({}, Type::Secondary, Tone::Muted)};
        auto *column = new QVBoxLayout(figure.box);
        column->setContentsMargins(px(12), 0, px(12), 0);
        column->setSpacing(0);
        for (Label *label : {figure.name, figure.value, figure.limit}) {
            label->setElideMode(Qt::ElideNone);
            column->addWidget(label);
        }
        row->addWidget(figure.box);
    }
    body()->setContentsMargins(px(14), px(8), px(8), px(8));
    body()->addLayout(row);
    setBar(State::Unknown);
}

/// In a narrow card the figures give way, the last first: the sentence says what matters.
void VerdictCard::fit()
{
    int room = width() - px(60) - px(300);
    for (std::size_t i = 0; i < m_figures.size(); ++i) {
        room -= m_figures[i].box->sizeHint().width() + px(14);
        m_figures[i].box->setVisible(static_cast<qsizetype>(i) < m_words.figures.size() && room >= 0);
    }
}

void VerdictCard::resizeEvent(QResizeEvent *event)
{
    Card::resizeEvent(event);
    fit();
}

void VerdictCard::setWords(const VerdictWords &words)
{
    if (words == m_words)
        return;
    m_words = words;
    setBar(words.state);
    m_mark->setState(words.state);
    m_title->setText(words.title);
    m_sub->setText(words.sub);
    m_progress->setVisible(words.total > 0);
    m_progress->setProgress(words.done, words.total);
    setAccessibleName(words.title);
    setAccessibleDescription(words.sub);
    for (std::size_t i = 0; i < m_figures.size(); ++i) {
        if (static_cast<qsizetype>(i) >= words.figures.size())
            break;
        const KeyFigure &figure = words.figures[static_cast<qsizetype>(i)];
        m_figures[i].name->setText(figure.name);
        m_figures[i].value->setText(figure.value);
        m_figures[i].limit->setText(figure.limit);
    }
    fit();
}

ControlsStrip::ControlsStrip(QWidget *parent)
    : Card(parent)
{
    setFixedHeight(px(40));
}

/// Every control is shown: in a second line, or a third, where one is too short.
void ControlsStrip::arrange()
{
    const QFontMetrics body(kernelyard::font(Type::Body));
    const QFontMetrics small(kernelyard::font(Type::Secondary));
    const QFontMetrics strong(kernelyard::font(Type::CardHeader));
    const int lead = px(62) + strong.horizontalAdvance(title()) + body.horizontalAdvance(sentence());
    const auto widthOf = [&](const Item &item) {
        return px(16) + px(6) + body.horizontalAdvance(item.name) + px(6) + small.horizontalAdvance(item.worst);
    };
    int lines = 0;
    int perLine = 0;
    QList<int> columns;
    do { // as few lines as hold them all, each column as wide as its widest
        ++lines;
        perLine = (static_cast<int>(m_items.size()) + lines - 1) / lines;
        columns = QList<int>(perLine, 0);
        for (int i = 0; i < m_items.size(); ++i)
            columns[i % perLine] = qMax(columns[i % perLine], widthOf(m_items[i]) + px(20));
    } while (perLine > 1 && lead + std::accumulate(columns.cbegin(), columns.cend(), 0) > width());
    const int rowHeight = px(24);
    const int top = (lines == 1 ? px(40) : rowHeight * lines + px(12)) / 2 - rowHeight * lines / 2;
    int right = width() - px(12);
    for (int column = perLine - 1; column >= 0; --column) {
        for (int line = 0; line < lines; ++line)
            if (const int i = line * perLine + column; i < m_items.size())
                m_items[i].rect = QRect(right - columns[column] + px(20), top + line * rowHeight,
                                        columns[column] - px(20), rowHeight);
        right -= columns[column];
    }
    setFixedHeight(lines == 1 ? px(40) : rowHeight * lines + px(12));
    update();
}

void ControlsStrip::resizeEvent(QResizeEvent *event)
{
    Card::resizeEvent(event);
    arrange();
}

bool ControlsStrip::allRejected() const
{
    return std::all_of(m_items.cbegin(), m_items.cend(), [](const Item &item) { return item.rejected; });
}

QString ControlsStrip::title() const
{
    return tr("Negative controls");
}

QString ControlsStrip::sentence() const
{
    return m_items.isEmpty() ? tr("not run yet") : allRejected() ? tr("must fail, and do") : tr("one passed: void");
}

void ControlsStrip::setControls(const QList<NegativeControl> &controls)
{
    m_items.clear();
    QHash<QString, double> least;
    for (const NegativeControl &control : controls) {
        auto item = std::find_if(m_items.begin(), m_items.end(),
                                 [&control](const Item &known) { return known.name == control.name; });
        if (item == m_items.end())
            item = m_items.insert(m_items.end(), {control.name, {}, {}, true, {}});
        item->rejected = item->rejected && control.rejected;
        const double value = std::isnan(control.relL2) ? 1e300 : control.relL2;
        if (!least.contains(control.name) || value < least[control.name]) {
            least[control.name] = value;
            item->worst = scientific(control.relL2);
        }
        item->tip +=
            u"%1: rel. L2 %2, %3\n"_s.arg(control.caseId, scientific(control.relL2),
                                          !control.message.isEmpty() ? control.message
                                          : control.rejected ? tr("rejected by %1").arg(control.reasons.join(u", "_s))
                                                             : tr("accepted"));
    }
    QStringList words;
    for (Item &item : m_items) {
        item.tip = item.tip.trimmed();
        item.name.replace(u'-', u' ');
        words.append(item.name + (item.rejected ? tr(" failed, as it must") : tr(" passed, and must not")));
    }
    setAccessibleName(title());
    setAccessibleDescription(words.join(u", "_s));
    arrange();
}

void ControlsStrip::paintEvent(QPaintEvent *event)
{
    Card::paintEvent(event);
    const Theme &theme = Theme::of(palette());
    QPainter painter(this);
    const State state = m_items.isEmpty() ? State::Waiting : allRejected() ? State::Success : State::Failed;
    const int side = px(16);
    const auto shape = [&](int x) { return QRect(x, (height() - side) / 2, side, side); };
    paintState(painter, shape(px(15)), state, theme);
    int left = px(38);
    const auto write = [&](const QString &text, Type type, const QColor &color) {
        painter.setFont(kernelyard::font(type));
        painter.setPen(color);
        const int wide = painter.fontMetrics().horizontalAdvance(text);
        painter.drawText(QRect(left, 0, wide + 2, height()), Qt::AlignVCenter | Qt::AlignLeft, text);
        left += wide + px(8);
    };
    write(title(), Type::CardHeader, theme.text);
    write(sentence(), Type::Body, theme.muted);
    for (const Item &item : std::as_const(m_items)) {
        const QRect mark(item.rect.left(), item.rect.top() + (item.rect.height() - side) / 2, side, side);
        if (item.rejected)
            paintGlyph(painter, mark, Glyph::Rejected, theme.muted);
        else
            paintState(painter, mark, State::Failed, theme);
        const QRect words = item.rect.adjusted(side + px(6), 0, 0, 0);
        painter.setFont(kernelyard::font(Type::Body));
        painter.setPen(theme.text);
        painter.drawText(words, Qt::AlignVCenter | Qt::AlignLeft, item.name);
        const int after = painter.fontMetrics().horizontalAdvance(item.name) + px(6);
        painter.setFont(kernelyard::font(Type::Secondary));
        painter.setPen(theme.muted);
        painter.drawText(words.adjusted(after, 0, 0, 0), Qt::AlignVCenter | Qt::AlignLeft, item.worst);
    }
}

bool ControlsStrip::event(QEvent *event)
{
    if (event->type() != QEvent::ToolTip)
        return Card::event(event);
    const auto *help = static_cast<QHelpEvent *>(event);
    QString tip;
    for (const Item &item : m_items)
        if (item.rect.contains(help->pos()))
            tip = item.tip;
    if (tip.isEmpty())
        tip = accessibleDescription();
    QToolTip::showText(help->globalPos(), tip, this);
    return true;
}

} // namespace kernelyard
