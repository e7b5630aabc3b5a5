// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/icon.h"
#include "ui/widgets/style.h"
#include "ui/widgets/theme.h"

#include <QApplication>
#include <QLineEdit>
#include <QPainter>
#include <QSpinBox>
#include <QStyleOption>
#include <QTest>

using namespace kernelyard;
using namespace Qt::StringLiterals;

class TestTheme : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void textIsReadable_data();
    void textIsReadable();
    void edgesOfFieldsStandOut();
    void contrastIsThatOfTheSpecification();
    void paletteKeepsItsShade();
    void everyGlyphPaintsInItsColour();
    void everyStateHasShapeAndWordOfItsOwn();
    void aSpinBoxShowsItsWholeText();
};

static constexpr std::array allStates{State::Success, State::Warning, State::Failed,  State::Running,    State::Cached,
                                      State::Waiting, State::Unknown, State::Stopped, State::Interrupted};

void TestTheme::textIsReadable_data()
{
    QTest::addColumn<QColor>("ink");
    QTest::addColumn<QColor>("ground");
    for (const Shade shade : {Shade::Light, Shade::Dark}) {
        const Theme &t = Theme::of(shade);
        const auto row = [shade](const QString &name, const QColor &ink, const QColor &ground) {
            const QString title = (shade == Shade::Light ? u"light: "_s : u"dark: "_s) + name;
            QTest::newRow(title.toUtf8().constData()) << ink << ground;
        };
        const QList<std::pair<QString, QColor>> grounds{{u"window"_s, t.window}, {u"side"_s, t.side},
                                                        {u"base"_s, t.base},     {u"alt"_s, t.alt},
                                                        {u"log"_s, t.log},       {u"gutter"_s, t.gutter}};
        for (const auto &[name, ground] : grounds) {
            row(u"text on "_s + name, t.text, ground);
            row(u"muted on "_s + name, t.muted, ground);
            row(u"faint on "_s + name, t.faint, ground);
            row(u"accent on "_s + name, t.accent, ground);
        }
        for (const auto &[name, ground] :
             {std::pair{u"selection"_s, t.selection}, std::pair{u"hover"_s, t.hover}, std::pair{u"match"_s, t.match},
              std::pair{u"current match"_s, t.currentMatch}}) {
            row(u"text on "_s + name, t.text, ground);
        }
        row(u"muted on selection"_s, t.muted, t.selection);
        row(u"muted on hover"_s, t.muted, t.hover);
        row(u"the default button"_s, t.onAccent, t.accentFill);
        for (const State state : allStates) {
            row(wordOf(state) + u" on its tint"_s, t.color(state), t.tint(state));
            row(wordOf(state) + u" on base"_s, t.color(state), t.base);
            row(wordOf(state) + u" on window"_s, t.color(state), t.window);
        }
        for (std::size_t i = 0; i < t.series.size(); ++i)
            row(u"in the bar of series %1"_s.arg(i + 1), t.onSeries, t.series[i]);
    }
}

void TestTheme::textIsReadable()
{
    QFETCH(QColor, ink);
    QFETCH(QColor, ground);
    const double ratio = contrast(ink, ground);
    QVERIFY2(ratio >= 4.5, qPrintable(u"%1 on %2 is %3:1"_s.arg(ink.name(), ground.name()).arg(ratio)));
}

void TestTheme::edgesOfFieldsStandOut()
{
    for (const Shade shade : {Shade::Light, Shade::Dark})
        QVERIFY(contrast(Theme::of(shade).fieldEdge, Theme::of(shade).base) >= 3);
}

void TestTheme::contrastIsThatOfTheSpecification()
{
    QVERIFY(qAbs(contrast(Qt::white, Qt::black) - 21) < 1e-6);
    QVERIFY(qAbs(contrast(QColor(0x767676), Qt::white) - 4.54) < 0.01); // the well-known limit grey
}

void TestTheme::paletteKeepsItsShade()
{
    for (const Shade shade : {Shade::Light, Shade::Dark})
        QCOMPARE(Theme::of(Theme::of(shade).palette()).shade, shade);
}

void TestTheme::everyGlyphPaintsInItsColour()
{
    const QColor ink(0xB3261E);
    for (int i = 0; i <= static_cast<int>(Glyph::Rejected); ++i) {
        QImage image(32, 32, QImage::Format_ARGB32);
        image.fill(Qt::white);
        QPainter painter(&image);
        paintGlyph(painter, image.rect(), static_cast<Glyph>(i), ink);
        painter.end();
        int inked = 0;
        for (int y = 0; y < 32; ++y)
            for (int x = 0; x < 32; ++x)
                inked += image.pixelColor(x, y) == ink ? 1 : 0;
        QVERIFY2(inked >= 8, qPrintable(u"glyph %1 shows %2 points of its colour"_s.arg(i).arg(inked)));
    }
}

void TestTheme::everyStateHasShapeAndWordOfItsOwn()
{
    QSet<QString> words;
    QSet<int> shapes;
    for (const State state : allStates) {
        words.insert(wordOf(state));
        shapes.insert(static_cast<int>(glyphOf(state)));
    }
    QCOMPARE(words.size(), qsizetype(allStates.size()));
    QCOMPARE(shapes.size(), qsizetype(allStates.size()));
}

void TestTheme::aSpinBoxShowsItsWholeText()
{
    QApplication::setStyle(new Style);
    QSpinBox box;
    box.setSpecialValueText(u"Automatic, 100.4 GiB"_s);
    box.resize(box.sizeHint());
    box.ensurePolished();
    const auto *edit = box.findChild<QLineEdit *>();
    QStyleOptionFrame option;
    option.rect = edit->rect();
    const int room = box.style()->subElementRect(QStyle::SE_LineEditContents, &option, edit).width();
    QVERIFY2(room >= box.fontMetrics().horizontalAdvance(box.specialValueText()),
             qPrintable(u"only %1 px of a box of %2"_s.arg(room).arg(box.width())));
}

QTEST_MAIN(TestTheme)
#include "tst_theme.moc"
