// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/forkwork.h"

#include "app/ctl/interrupts.h"
#include "app/ctl/table.h"
#include "app/ctl/words.h"
#include "core/build/forkhistory.h"
#include "core/build/planner.h"
#include "core/environment/catalog.h"

#include <QDir>
#include <QFileInfo>

using namespace Qt::StringLiterals;

namespace kernelyard::ctl {

ForkProgress::ForkProgress(Session &session)
    : m_session(session)
{
    m_lastTold.start();
}

bool ForkProgress::operator()(const CloneProgress &progress)
{
    if (progress.totalObjects > 0 && m_lastTold.hasExpired(1000)) {
        m_lastTold.start();
        const QString step = progress.step.isEmpty() ? QString() : QString(progress.step + u": ");
        m_session.console.message(step + u"received %1 of %2 objects, %3"_s.arg(progress.receivedObjects)
                                             .arg(progress.totalObjects)
                                             .arg(sizeText(progress.receivedBytes)));
    }
    return !Interrupts::came();
}

Result<QString> checkoutOf(Session &session, const QString &word)
{
    if (word.contains(u'/') || word == u"." || word == u"..")
        return QDir::cleanPath(QFileInfo(word).absoluteFilePath());
    if (const QString path = session.paths.forks() + u'/' + word; QFileInfo(path).isDir())
        return path;
    const Catalog catalog = readCatalog(session.paths);
    if (const Environment *environment = catalog.find(word); environment && environment->fork)
        return forkPath(*environment, session.paths);
    QStringList names = QDir(session.paths.forks()).entryList(QDir::Dirs | QDir::NoDotAndDotDot);
    return Failure(Error{ErrorKind::NotFound,
                         QString(u"There is no fork “"_s + word + u"”."_s + suggestion(word, names)),
                         {},
                         names.isEmpty() ? u"Clone one: kernelyardctl fork clone ADDRESS"_s
                                         : QString(u"Name a folder, or one of: "_s + names.join(u", "_s))});
}

std::optional<Environment> environmentOfFork(Session &session, const QString &path)
{
    for (const Environment &environment : readCatalog(session.paths).environments)
        if (environment.fork && forkPath(environment, session.paths) == path)
            return environment;
    return {};
}

QString stateText(const ForkStatus &fork)
{
    QStringList words;
    words << (fork.isClean() ? u"clean"_s : u"%1 changed"_s.arg(fork.changedFiles.size()));
    if (!fork.operation.isEmpty())
        words << u"in a %1"_s.arg(fork.operation);
    if (fork.ahead > 0)
        words << u"ahead by %1"_s.arg(fork.ahead);
    if (fork.behind > 0)
        words << u"behind by %1"_s.arg(fork.behind);
    return words.join(u", "_s);
}

QString word(SubmoduleState state)
{
    switch (state) {
    case SubmoduleState::AsPinned:
        return u"as pinned"_s;
    case SubmoduleState::Missing:
        return u"missing"_s;
    case SubmoduleState::Moved:
        return u"moved"_s;
    case SubmoduleState::Dirty:
        return u"dirty"_s;
    case SubmoduleState::Refused:
        return u"refused"_s;
    case SubmoduleState::Unknown:
        return u"unknown"_s;
    }
    return {};
}

static void printDivergence(Console &console, const char *name, const QString &url,
                            const std::optional<Divergence> &from)
{
    if (url.isEmpty())
        return;
    const QString state = !from ? u"not fetched, or not there"_s
                          : from->ahead == 0 && from->behind == 0
                              ? u"in step with %1"_s.arg(from->from)
                              : u"%1 ahead, %2 behind %3"_s.arg(from->ahead).arg(from->behind).arg(from->from);
    console.out(u"%1  %2  (%3)"_s.arg(QLatin1StringView(name), -10).arg(state, url));
}

int printFork(Session &session, const Result<ForkStatus> &fork, bool json)
{
    if (!fork)
        return session.fail(fork.error());
    if (json) {
        session.console.write(Channel::Out, document(toJson(*fork)));
        return 0;
    }
    Console &console = session.console;
    console.out(forkTaskLine(*fork));
    printDivergence(console, "origin", fork->origin, fork->fromOrigin);
    printDivergence(console, "upstream", fork->upstream, fork->fromUpstream);
    if (!fork->operation.isEmpty())
        console.out(u"A %1 is begun and not ended."_s.arg(fork->operation));
    for (const QString &file : fork->changedFiles)
        console.out(u"  "_s + harmless(file));
    Table table({u"submodule"_s, u"pinned"_s, u"state"_s, u"trouble"_s});
    for (const SubmoduleStatus &submodule : fork->submodules)
        table.add({{submodule.path},
                   {submodule.pinned.left(10)},
                   {word(submodule.state), submodule.state == SubmoduleState::AsPinned ? Style::Plain : Style::Warning},
                   {submodule.trouble}});
    if (!table.isEmpty())
        table.print(console);
    return 0;
}

} // namespace kernelyard::ctl
