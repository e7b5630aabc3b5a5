// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/buildid.h"
#include "core/base/paths.h"
#include "core/build/buildfolder.h"
#include "core/build/buildlock.h"
#include "core/build/journalwriter.h"
#include "core/build/plan.h"

#include <QDir>
#include <QFile>

namespace kernelyard::test {

/// A build of an environment written to disk as a runner writes it: a layer of three steps, the first of them cached,
/// then the fork, and a validation where there is one.
struct WrittenBuild
{
    WrittenBuild(const Paths &paths, int number)
        : m_folder{paths.builds() % u'/' % BuildId(number).folderName()}
        , m_number(number)
    {
        started = QDateTime::fromMSecsSinceEpoch(1'780'000'000'000 + number * 3'600'000LL);
    }

    bool write()
    {
        using namespace Qt::StringLiterals;
        using namespace std::chrono_literals;
        QDir().mkpath(m_folder.path);
        QFile file(m_folder.plan());
        auto lock = BuildLock::take(m_folder.lock());
        m_good = file.open(QIODevice::WriteOnly) && file.write(plan().toJson()) > 0 && lock &&
                 m_journal.create(m_folder.path).has_value();
        file.close();
        if (lock)
            m_lock = std::move(*lock);
        put(0us, Opened{started, 1, u"test"_s});
        if (purpose != u"validate")
            writeLayers();
        if (outcome == Outcome::Done && validation)
            writeValidation();
        if (outcome) {
            put(9ms + compile, Closed{validation && validationExit != 0 ? Outcome::Failed : *outcome, {}});
            die();
        }
        m_good = m_good && m_journal.flush().has_value();
        return m_good;
    }
    void die() { m_lock.reset(); } ///< as a killed runner does

    Plan plan() const
    {
        using namespace Qt::StringLiterals;
        Plan made;
        made.environment = environment;
        made.purpose = purpose;
        made.engine.program = u"/usr/bin/podman"_s;
        made.engine.clientVersion = u"4.3.1"_s;
        made.choices = choices;
        made.created = started;
        made.tasks = {{u"builder"_s,
                       TaskKind::Layer,
                       u"Layer builder"_s,
                       {u"podman"_s, QStringList{u"build"_s} + buildArguments + QStringList{u"."_s}, {}, {}},
                       OutputFormat::Podman,
                       u"localhost/x"_s,
                       {}},
                      {u"fork"_s,
                       TaskKind::Fork,
                       u"Fork"_s,
                       {u"kernelyardctl"_s, {u"fork"_s}, {}, {}},
                       OutputFormat::Plain,
                       {},
                       {}}};
        if (purpose == u"validate")
            made.tasks.clear();
        if (validation)
            made.tasks << Task{u"validate"_s,
                               TaskKind::Validation,
                               u"Validation in builder"_s,
                               {u"podman"_s, {u"run"_s}, {}, {}},
                               OutputFormat::Plain,
                               u"localhost/x"_s,
                               {}};
        made.validationArguments = validationArguments;
        return made;
    }

    QString environment = QStringLiteral("starter");
    QString command = QStringLiteral("make -j4");
    QList<std::pair<QString, QString>> choices;
    QStringList buildArguments;
    BuildTime compile = std::chrono::seconds(10);
    std::optional<Outcome> outcome = Outcome::Done; ///< nothing: it still runs
    QDateTime started;
    QByteArray extraOutput;
    QString purpose = QStringLiteral("setup"); ///< or validate: the validation alone
    bool isCached = false;                     ///< the layer, whole
    std::optional<QByteArray> validation;      ///< what its suite writes; nothing: it has no validation
    QStringList validationArguments;
    int validationExit = 0; ///< another fails the build

private:
    void writeLayers()
    {
        using namespace std::chrono_literals;
        const QByteArray made = isCached ? "--> Using cache 1123456789ab\n" : "";
        put(1ms, TaskStarted{0, 2});
        output(2ms, 0, "STEP 1/3: FROM base\n--> Using cache 0123456789ab\n--> 0123456789a\n");
        output(4ms, 0, "STEP 2/3: RUN " + command.toUtf8() + '\n');
        put(5ms, Sample{qint64(m_number) * 1'000'000, 1s});
        output(4ms + compile, 0, extraOutput + (isCached ? "" : "the compiler's words\n"));
        if (outcome == Outcome::Done) {
            output(4ms + compile, 0, made + "--> 1123456789a\nSTEP 3/3: COPY a b\n");
            output(5ms + compile, 0, made + "--> 2123456789a\n");
            if (validation) // the whole end, without which a step is not known to have gone well
                output(5ms + compile, 0, "COMMIT x\n--> 2123456789a\n");
            output(5ms + compile, 0, "Successfully tagged x\n");
            if (validation)
                output(5ms + compile, 0, QByteArray(64, 'a') + '\n');
        }
        if (!outcome)
            return;
        put(6ms + compile, TaskExited{0, outcome == Outcome::Done ? 0 : 1});
        if (outcome == Outcome::Done) {
            put(6ms + compile, TaskStarted{1, 3});
            output(7ms + compile, 1, "/forks/a: branch main, commit 0123456789, clean\n");
            put(8ms + compile, TaskExited{1, 0});
        }
    }
    void writeValidation()
    {
        using namespace std::chrono_literals;
        const int task = int(plan().tasks.size()) - 1;
        put(8ms + compile, TaskStarted{task, 4});
        if (!validation->isEmpty())
            output(8ms + compile, task, *validation);
        put(9ms + compile, TaskExited{task, validationExit});
    }
    void put(BuildTime at, decltype(Record::fact) fact)
    {
        m_good = m_good && m_journal.append({at, std::move(fact)}).has_value();
    }
    void output(BuildTime at, int task, const QByteArray &text) { put(at, Output{task, Stream::Out, text}); }

    BuildFolder m_folder;
    int m_number;
    bool m_good = false;
    std::optional<BuildLock> m_lock;
    JournalWriter m_journal;
};

} // namespace kernelyard::test
