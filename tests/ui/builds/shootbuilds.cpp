// SPDX-License-Identifier: GPL-3.0-or-later
// Pictures of the builds page in every state, in a real window: shootbuilds FOLDER. For looking at.
#include "tests/ui/builds/preparedbuilds.h"
#include "ui/builds/builddetail.h"
#include "ui/builds/buildspage.h"
#include "ui/builds/queuelist.h"
#include "ui/builds/timeline.h"
#include "ui/builds/timelinecard.h"
#include "ui/builds/whybox.h"
#include "ui/widgets/logpane.h"
#include "ui/widgets/logview.h"
#include "ui/widgets/style.h"

#include <QAction>
#include <QApplication>
#include <QDialog>
#include <QDir>
#include <QLineEdit>
#include <QScreen>
#include <QTest>
#include <QToolButton>
#include <QWindow>

#include <cstdio>

using namespace kernelyard;
using namespace Qt::StringLiterals;

namespace {

struct Scene
{
    QString name;
    std::function<void(PreparedBuilds &)> prepare;
    std::function<void(BuildsPage &, PreparedBuilds &)> act;
};

void openNewest(BuildsPage &page, PreparedBuilds &builds)
{
    const BuildId id = builds.sources().builds().first().id;
    page.showBuild(id);
    builds.tell(id);
}

void addOld(PreparedBuilds &builds)
{
    builds.add(PreparedBuilds::done(403));
    builds.add(PreparedBuilds::failed(404));
    builds.add(PreparedBuilds::cancelledBuild(405));
    builds.add(PreparedBuilds::interrupted(406));
    builds.add(PreparedBuilds::done(407));
}

Command words(const QString &line)
{
    QStringList all = line.split(u' ');
    const QString program = all.takeFirst();
    return {program, all, {}, {}};
}

std::function<void(PreparedBuilds &)> withRemedy(const Remedy &remedy)
{
    return [remedy](PreparedBuilds &builds) {
        addOld(builds);
        builds.gpuArchs = {u"9.0"_s};
        PreparedBuilds::Build build = PreparedBuilds::failed(412);
        build.update.findings.remedy = remedy;
        builds.add(build);
    };
}

void openRemedy(BuildsPage &page, PreparedBuilds &builds)
{
    openNewest(page, builds);
    page.findChild<QAction *>(u"remedy"_s)->trigger();
}

QList<Scene> scenes()
{
    const auto only = [](auto make) {
        return [make](PreparedBuilds &builds) {
            addOld(builds);
            builds.add(make(412));
        };
    };
    return {
        {u"empty"_s, [](PreparedBuilds &) {}, [](BuildsPage &, PreparedBuilds &) {}},
        {u"history-empty"_s, [](PreparedBuilds &) {}, [](BuildsPage &page, PreparedBuilds &) { page.showList(); }},
        {u"idle"_s, addOld, [](BuildsPage &, PreparedBuilds &) {}},
        {u"live"_s, only(PreparedBuilds::running), openNewest},
        {u"estimate"_s,
         [](PreparedBuilds &builds) {
             builds.earlier = PreparedBuilds::earlierBuilds(9);
             builds.add(PreparedBuilds::running(412));
         },
         openNewest},
        {u"many"_s, only(PreparedBuilds::manySteps), openNewest},
        {u"cpu"_s, only(PreparedBuilds::running),
         [](BuildsPage &page, PreparedBuilds &builds) {
             openNewest(page, builds);
             page.detail()->timelineCard()->timeline()->setCpuShown(true);
         }},
        {u"why"_s, only(PreparedBuilds::done),
         [](BuildsPage &page, PreparedBuilds &builds) {
             openNewest(page, builds);
             Timeline *timeline = page.detail()->timelineCard()->timeline();
             timeline->chooseBar(timeline->timeline().barOfStep(2));
             page.detail()->why()->askAction()->trigger();
         }},
        {u"queued"_s, only(PreparedBuilds::queued), openNewest},
        {u"queue"_s,
         [](PreparedBuilds &builds) {
             addOld(builds);
             builds.add(PreparedBuilds::running(412));
             QList<QueueEntry> entries;
             const auto add = [&](int number, const QString &environment, const QString &pool,
                                  int gib) -> QueueEntry & {
                 if (number > 412)
                     builds.add(PreparedBuilds::queued(number));
                 if (number != 412)
                     builds.build(BuildId(number)).summary.environment = environment;
                 QueueEntry entry;
                 entry.id = BuildId(number);
                 entry.environment = environment;
                 entry.pool = pool;
                 entry.memoryBytes = qint64(gib) << 30;
                 return entries.emplace_back(entry);
             };
             add(412, u"xformers"_s, u"podman"_s, 11).isStarted = true;
             add(413, u"starter"_s, u"docker"_s, 2).isStarted = true;
             entries.last().isHeld = true;
             add(414, u"flash-attention"_s, u"podman"_s, 14);
             add(415, u"sageattention"_s, u"docker"_s, 6);
             add(416, u"starter"_s, u"podman"_s, 0).isHeld = true;
             add(417, u"xformers"_s, u"podman"_s, 11);
             builds.queue = arranged(entries, {}, {1, qint64(20) << 30});
         },
         [](BuildsPage &page, PreparedBuilds &) {
             page.showQueue();
             page.queue()->setCurrent(BuildId(417));
         }},
        {u"queue-empty"_s, addOld, [](BuildsPage &page, PreparedBuilds &) { page.showQueue(); }},
        {u"paused"_s,
         [](PreparedBuilds &builds) {
             addOld(builds);
             builds.add(PreparedBuilds::running(412));
             builds.build(BuildId(412)).update.isPaused = true;
             QueueEntry entry;
             entry.id = BuildId(412);
             entry.pool = u"podman"_s;
             entry.isStarted = entry.isHeld = true;
             builds.queue = {entry};
         },
         openNewest},
        {u"failed"_s, only(PreparedBuilds::failed), openNewest},
        {u"unknown"_s, only(PreparedBuilds::unknownFailure), openNewest},
        {u"follow-on"_s, only(PreparedBuilds::failed),
         [](BuildsPage &page, PreparedBuilds &builds) {
             openNewest(page, builds);
             page.detail()->findChild<QToolButton *>(u"followOn"_s)->click();
         }},
        {u"remedy-daemon"_s,
         withRemedy({RemedyAction::StartEngine, 0, {}, {}, words(u"sudo systemctl start docker"_s)}), openRemedy},
        {u"remedy-submodules"_s,
         withRemedy({RemedyAction::Run,
                     0,
                     {},
                     {},
                     words(u"git -C /home/user/.local/share/kernelyard/forks/flash-attention submodule update --init "
                           "--recursive"_s)}),
         openRemedy},
        {u"remedy-toolkit"_s,
         withRemedy({RemedyAction::GpuToolkit, 0, {}, {}, words(u"apt-get install --yes nvidia-container-toolkit"_s)}),
         openRemedy},
        {u"remedy-archs"_s,
         withRemedy({RemedyAction::ArchList, 0, u"8.0;8.6;9.0"_s, u"TORCH_CUDA_ARCH_LIST"_s, std::nullopt}),
         openRemedy},
        {u"cancelled"_s, only(PreparedBuilds::cancelledBuild), openNewest},
        {u"interrupted"_s, only(PreparedBuilds::interrupted), openNewest},
        {u"done"_s, only(PreparedBuilds::done), openNewest},
        {u"long"_s, only(PreparedBuilds::longNames), openNewest},
        {u"history"_s, only(PreparedBuilds::running), [](BuildsPage &page, PreparedBuilds &) { page.showList(); }},
        {u"find"_s, only(PreparedBuilds::running),
         [](BuildsPage &page, PreparedBuilds &builds) {
             openNewest(page, builds);
             page.detail()->pane()->openFind();
             page.detail()->pane()->findChild<QLineEdit *>()->setText(u"hdim64"_s);
         }},
        {u"wrap"_s, only(PreparedBuilds::longNames),
         [](BuildsPage &page, PreparedBuilds &builds) {
             openNewest(page, builds);
             LogView *view = page.detail()->pane()->view();
             view->setTimes(LogTimes::None);
             view->setWrapping(true);
             view->showLine(60);
         }},
        {u"selection"_s, only(PreparedBuilds::done),
         [](BuildsPage &page, PreparedBuilds &builds) {
             openNewest(page, builds);
             page.detail()->pane()->view()->setFocus();
             QTest::keyClick(page.detail()->pane()->view(), Qt::Key_Up, Qt::ShiftModifier);
             QTest::keyClick(page.detail()->pane()->view(), Qt::Key_Up, Qt::ShiftModifier);
         }},
    };
}

} // namespace

int main(int argc, char **argv)
{
    QApplication app(argc, argv);
    if (argc < 2) {
        std::fputs("usage: shootbuilds FOLDER [SCENE]\n", stderr);
        return 2;
    }
    const QString folder = QString::fromLocal8Bit(argv[1]);
    const QString wanted = argc > 2 ? QString::fromLocal8Bit(argv[2]) : QString();
    QDir().mkpath(folder);
    QApplication::setStyle(new Style);
    QFont font(u"Inter"_s);
    font.setPixelSize(13);
    QApplication::setFont(font);
    for (const auto &[shade, shadeName] : {std::pair(Shade::Light, u"light"_s), std::pair(Shade::Dark, u"dark"_s)}) {
        QApplication::setPalette(Theme::of(shade).palette());
        for (const QSize &size : {QSize(1080, 800), QSize(1720, 1080)}) { // the page beside a sidebar of 200
            for (const Scene &scene : scenes()) {
                if (!wanted.isEmpty() && scene.name != wanted)
                    continue;
                PreparedBuilds builds;
                scene.prepare(builds);
                BuildsPage page(builds.sources());
                page.resize(size);
                page.show();
                if (!QTest::qWaitForWindowExposed(&page))
                    return 1;
                scene.act(page, builds);
                QTest::qWait(120);
                const QPixmap picture = page.screen()->grabWindow(page.winId());
                const QString file = u"%1/%2-%3-%4.png"_s.arg(folder, scene.name, shadeName).arg(size.width() + 200);
                if (!picture.save(file))
                    return 1;
                for (QDialog *dialog : page.findChildren<QDialog *>())
                    if (dialog->isVisible() && !dialog->grab().save(QString(file).replace(u".png"_s, u"-dialog.png"_s)))
                        return 1;
            }
        }
    }
    return 0;
}
