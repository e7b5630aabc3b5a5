// SPDX-License-Identifier: GPL-3.0-or-later
// Pictures of History and Compare over 10,000 builds on disk, of their empty states and of cleaning up, in a real
// window: shoothistory FOLDER [BUILDS]. For looking at; prints how long the window's thread was busy.
#include "tests/core/build/manybuilds.h"
#include "ui/builds/buildspage.h"
#include "ui/builds/compareview.h"
#include "ui/builds/historyview.h"
#include "ui/settings/cleanupdialog.h"
#include "ui/widgets/segmentedswitch.h"
#include "ui/widgets/style.h"

#include <QApplication>
#include <QElapsedTimer>
#include <QLineEdit>
#include <QScreen>
#include <QSignalSpy>
#include <QTest>
#include <QTreeView>
#include <QWindow>

#include <cstdio>

using namespace kernelyard;
using namespace Qt::StringLiterals;

namespace {

bool shoot(QWidget &window, const QString &file)
{
    QTest::qWait(150);
    return window.screen()->grabWindow(window.winId()).save(file);
}

template <class Work>
void timed(const char *what, const Work &work)
{
    QElapsedTimer timer;
    timer.start();
    work();
    QApplication::processEvents();
    std::printf("%s: %.1f ms\n", what, double(timer.nsecsElapsed()) / 1e6);
}

bool shootPage(const Paths &paths, BuildStore &store, const QString &folder, const QString &ending, const QSize &size)
{
    BuildsPage page(BuildSources::real(paths, &store, u"/nonexistent"_s));
    page.resize(size);
    page.show();
    if (!QTest::qWaitForWindowExposed(&page))
        return false;
    const bool isEmpty = store.builds().isEmpty();
    timed("history shown", [&] { page.showList(); });
    page.history()->setFocus();
    if (!shoot(page, folder % (isEmpty ? u"/history-none-" : u"/history-many-") % ending))
        return false;
    if (!isEmpty) {
        timed("filter, one letter", [&] { page.historyView()->field()->setText(u"f"_s); });
        timed("filter, words", [&] { page.historyView()->field()->setText(u"flash failed"_s); });
        timed("filter taken away", [&] { page.historyView()->field()->setText({}); });
        page.historyView()->field()->setText(u"flash max_jobs=5"_s);
        page.historyView()->field()->setFocus();
        if (!shoot(page, folder % u"/history-filtered-" % ending))
            return false;
        page.historyView()->field()->setText(u"no such word"_s);
        if (!shoot(page, folder % u"/history-nothing-" % ending))
            return false;
        page.showComparison(store.builds().at(12).id, store.builds().at(16).id);
        if (!QTest::qWaitFor([&] { return page.compareView()->model().rowCount() > 0; }))
            return false;
        QTest::qWait(1500);
    } else {
        page.findChild<SegmentedSwitch *>()->setCurrent(int(BuildsPage::Scope::Compare));
    }
    return shoot(page, folder % (isEmpty ? u"/compare-none-" : u"/compare-") % ending);
}

} // namespace

int main(int argc, char **argv)
{
    QApplication app(argc, argv);
    if (argc < 2) {
        std::fputs("usage: shoothistory FOLDER [BUILDS]\n", stderr);
        return 2;
    }
    const QString folder = QString::fromLocal8Bit(argv[1]);
    QDir().mkpath(folder);
    QApplication::setStyle(new Style);
    QFont font(u"Inter"_s);
    font.setPixelSize(13);
    QApplication::setFont(font);
    const QTemporaryDir home, nothing;
    Paths paths, empty;
    paths.state = home.path();
    empty.state = nothing.path();
    if (!test::writeManyBuilds(paths, argc > 2 ? QByteArray(argv[2]).toInt() : 10'000))
        return 1;
    BuildStore store(paths), emptyStore(empty);
    store.refresh();
    emptyStore.refresh();
    QElapsedTimer timer;
    timer.start();
    const auto count = test::countOf(paths);
    if (!QTest::qWaitFor([&] { return store.builds().size() == count; }, 300'000))
        return 1;
    std::printf("%d builds listed for the first time: %.1f s\n", int(count), double(timer.elapsed()) / 1000);
    for (const auto &[shade, shadeName] : {std::pair(Shade::Light, u"light"_s), std::pair(Shade::Dark, u"dark"_s)}) {
        QApplication::setPalette(Theme::of(shade).palette());
        for (const QSize &size : {QSize(1080, 800), QSize(1720, 1080)}) { // the page beside a sidebar of 200
            const QString ending = u"%1-%2.png"_s.arg(shadeName).arg(size.width() + 200);
            if (!shootPage(paths, store, folder, ending, size) || !shootPage(empty, emptyStore, folder, ending, size))
                return 1;
        }
        auto *dialog = new CleanUpDialog(CleanUpSources::real(paths), {120, 0});
        dialog->show();
        if (!QTest::qWaitFor([&] { return dialog->model().rowCount() > 0; }, 60'000) ||
            !shoot(*dialog, folder % u"/cleanup-" % shadeName % u".png"))
            return 1;
        dialog->close();
    }
    return 0;
}
