// SPDX-License-Identifier: GPL-3.0-or-later
// What users and scripts rely on: exit statuses, the two streams, JSON, no colour where none belongs. Each test has its
// own XDG folders, and only the engines that it puts into PATH: faked at the process seam. tests/system/setup does the
// same with real ones.
#include "core/benchmark/benchmark.h"
#include "core/build/builds.h"
#include "core/process/command.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>
#include <QXmlStreamReader>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace {

struct Ran
{
    int status = -1;
    QByteArray out;
    QByteArray err;

    QJsonObject json() const { return QJsonDocument::fromJson(out).object(); }
};

QByteArray told(const Ran &ran, int wanted)
{
    return "status " + QByteArray::number(ran.status) + " instead of " + QByteArray::number(wanted) + '\n' + ran.out +
           '\n' + ran.err;
}

} // namespace

#define COMPARE_STATUS(ran, wanted)                                                                                    \
    do {                                                                                                               \
        const Ran once = (ran); /* what it tells of must not run again */                                              \
        QVERIFY2(once.status == (wanted), told(once, wanted).constData());                                             \
    } while (false)

class TestCtl : public QObject
{
    Q_OBJECT

    std::unique_ptr<QTemporaryDir> m_folder;

    QProcessEnvironment environment() const
    {
        QProcessEnvironment variables = QProcessEnvironment::systemEnvironment();
        for (const char *name : {"XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "HOME"})
            variables.insert(QString::fromLatin1(name), m_folder->filePath(QString::fromLatin1(name)));
        for (const char *name : {"DOCKER_HOST", "DOCKER_CONTEXT", "CONTAINER_HOST", "NO_COLOR"})
            variables.remove(QString::fromLatin1(name));
        variables.insert(u"PATH"_s, m_folder->filePath(u"bin"_s));
        return variables;
    }

    Ran ctl(const QStringList &arguments, const QProcessEnvironment &variables) const
    {
        QProcess process;
        process.setProcessEnvironment(variables);
        process.start(QStringLiteral(KERNELYARD_CTL), arguments);
        if (!process.waitForFinished(60000))
            process.kill();
        return {process.exitCode(), process.readAllStandardOutput(), process.readAllStandardError()};
    }
    Ran ctl(const QStringList &arguments) const { return ctl(arguments, environment()); }

    /// A program in PATH that runs \a script.
    void fake(const QString &name, const QByteArray &script) const
    {
        QFile file(m_folder->filePath(u"bin/"_s + name));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("#!/bin/sh\n" + script);
        file.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    }

    /// Podman 4.3.1's own answers (tests/data/engine); a build prints a step, then ends with \a buildStatus.
    void fakePodman(int buildStatus) const
    {
        fake(u"podman"_s, "case \"$*\" in\n"
                          "*'info --format json') cat '" KERNELYARD_TEST_DATA "/engine/info/podman-info-4.3.1.json';;\n"
                          "*'connection ls'*) echo '[]';;\n"
                          "*'image inspect'*kernelyard/base*) echo '[{}]';;\n"
                          "*'image inspect'*) echo '[]'; exit 125;;\n"
                          "*' build '*) echo \"$*\" >> \"$XDG_STATE_HOME/builds.txt\"; echo 'STEP 1/1: RUN compile'; "
                          "printf '\\033[31mno such header\\033[0m\\n'; exit " +
                              QByteArray::number(buildStatus) +
                              ";;\n"
                              "*'images --quiet'*) ;;\n"
                              "*) echo \"unexpected: $*\" >&2; exit 1;;\nesac\n");
        for (const char *tool : {"cat", "sh"})
            QFile::link(u"/bin/"_s + QString::fromLatin1(tool),
                        m_folder->filePath(u"bin/"_s + QString::fromLatin1(tool)));
        QDir().mkpath(m_folder->filePath(u"XDG_STATE_HOME"_s));
        // An environment whose one task goes to the engine: no base to be made.
        const QString folder = m_folder->filePath(u"XDG_CONFIG_HOME/kernelyard/environments"_s);
        QDir().mkpath(folder + u"/context"_s);
        for (const auto &[name, bytes] :
             {std::pair{u"fake.yml"_s, QByteArray("name: fake\ndescription: A test.\n"
                                                  "base:\n  pull: docker.io/library/debian:12-slim\n"
                                                  "layers:\n  - name: only\n    dockerfile: Dockerfile\n"
                                                  "    context: context\n")},
              std::pair{u"Dockerfile"_s, QByteArray("FROM scratch\n")}}) {
            QFile file(folder + u'/' + name);
            QVERIFY(file.open(QIODevice::WriteOnly));
            file.write(bytes);
        }
    }

    /// The same with a validation, whose container runs \a script. The engine tells nothing of images.
    void fakeValidation(const QByteArray &script) const
    {
        fakePodman(0);
        fake(u"podman"_s, "case \"$*\" in\n"
                          "*'info --format json') cat '" KERNELYARD_TEST_DATA "/engine/info/podman-info-4.3.1.json';;\n"
                          "*'connection ls'*) echo '[]';;\n"
                          "*' run '*) " +
                              script + ";;\n*) exit 1;;\nesac\n");
        QFile file(m_folder->filePath(u"XDG_CONFIG_HOME/kernelyard/environments/fake.yml"_s));
        QVERIFY(file.open(QIODevice::Append));
        file.write("validation:\n  layer: only\n  script: Dockerfile\n  suite: fake.yml\n  mount-at: /opt/suite\n"
                   "  command: [\"true\"]\n");
    }

private Q_SLOTS:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        QVERIFY(QDir(m_folder->path()).mkpath(u"bin"_s));
    }

    void versionAndHelpGoToStandardOutput_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<QByteArray>("expected");
        QTest::newRow("version") << QStringList{u"--version"_s} << QByteArray("kernelyardctl ");
        QTest::newRow("help") << QStringList{u"--help"_s} << QByteArray("kernelyardctl setup starter");
        for (const char *command :
             {"engines", "environments", "plan", "setup", "build", "builds", "show", "log", "follow", "cancel", "queue",
              "pause", "resume", "retry", "validate", "export", "base", "choices", "preflight"})
            QTest::newRow(command) << QStringList{QString::fromLatin1(command), u"--help"_s}
                                   << QByteArray("Examples:\n  kernelyardctl ");
        QTest::newRow("fork list") << QStringList{u"fork"_s, u"list"_s, u"--help"_s} << QByteArray("Examples:");
    }
    void versionAndHelpGoToStandardOutput()
    {
        QFETCH(QStringList, arguments);
        QFETCH(QByteArray, expected);
        const Ran ran = ctl(arguments);
        COMPARE_STATUS(ran, 0);
        QVERIFY2(ran.out.contains(expected), ran.out.constData());
        QCOMPARE(ran.err, QByteArray());
    }

    void wrongUseIsTwo_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<QByteArray>("says");
        QTest::newRow("no command") << QStringList() << QByteArray("kernelyardctl: ");
        QTest::newRow("an unknown command") << QStringList{u"setpu"_s} << QByteArray("Did you mean “setup”?");
        QTest::newRow("an unknown option") << QStringList{u"builds"_s, u"--nope"_s} << QByteArray("--nope");
        QTest::newRow("a missing argument") << QStringList{u"setup"_s} << QByteArray("ENVIRONMENT");
        QTest::newRow("an unknown environment")
            << QStringList{u"plan"_s, u"startr"_s} << QByteArray("Did you mean “starter”?");
        QTest::newRow("an unknown engine")
            << QStringList{u"plan"_s, u"starter"_s, u"--engine"_s, u"lxc"_s} << QByteArray("lxc");
        QTest::newRow("an unknown build") << QStringList{u"show"_s, u"77"_s} << QByteArray("#0077");
        QTest::newRow("no build at all") << QStringList{u"follow"_s} << QByteArray("no build");
        QTest::newRow("what is no build") << QStringList{u"cancel"_s, u"../x"_s} << QByteArray("../x");
        QTest::newRow("what is no choice")
            << QStringList{u"plan"_s, u"starter"_s, u"--choice"_s, u"x"_s} << QByteArray("NAME=VALUE");
        QTest::newRow("an unknown colour") << QStringList{u"--color"_s, u"pink"_s, u"builds"_s} << QByteArray("pink");
        QTest::newRow("no such state") << QStringList{u"builds"_s, u"--status"_s, u"ill"_s} << QByteArray("ill");
        QTest::newRow("no day") << QStringList{u"builds"_s, u"--since"_s, u"soon"_s} << QByteArray("soon");
        QTest::newRow("an unknown choice")
            << QStringList{u"choices"_s, u"xformers"_s, u"job=4"_s} << QByteArray("jobs");
        QTest::newRow("no such choice to reset")
            << QStringList{u"choices"_s, u"xformers"_s, u"--default"_s, u"job"_s} << QByteArray("jobs");
        QTest::newRow("no size") << QStringList{u"prune"_s, u"--keep-size"_s, u"much"_s} << QByteArray("much");
        QTest::newRow("both steps") << QStringList{u"log"_s, u"--failed"_s, u"--step"_s, u"1"_s}
                                    << QByteArray("excludes");
    }
    void wrongUseIsTwo()
    {
        QFETCH(QStringList, arguments);
        QFETCH(QByteArray, says);
        const Ran ran = ctl(arguments);
        COMPARE_STATUS(ran, 2);
        QCOMPARE(ran.out, QByteArray());
        QVERIFY2(ran.err.startsWith("kernelyardctl: "), ran.err.constData());
        QVERIFY2(ran.err.contains(says), ran.err.constData());
    }

    void noEngineIsThreeWithARemedy_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::newRow("setup") << QStringList{u"setup"_s, u"starter"_s};
        QTest::newRow("build") << QStringList{u"build"_s, u"starter"_s};
        QTest::newRow("validate") << QStringList{u"validate"_s, u"starter"_s};
        QTest::newRow("plan") << QStringList{u"plan"_s, u"starter"_s};
        QTest::newRow("dry run") << QStringList{u"setup"_s, u"starter"_s, u"--dry-run"_s};
    }
    void noEngineIsThreeWithARemedy()
    {
        QFETCH(QStringList, arguments);
        const Ran ran = ctl(arguments);
        COMPARE_STATUS(ran, 3);
        QCOMPARE(ran.out, QByteArray());
        QVERIFY2(ran.err.contains("\n  next: "), ran.err.constData());
        QVERIFY(!QFile::exists(m_folder->filePath(u"XDG_STATE_HOME/kernelyard/builds/0001"_s)));
    }

    void factsAreJson_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<int>("status");
        QTest::addColumn<QString>("list");
        QTest::addColumn<int>("least");
        QTest::newRow("engines") << QStringList{u"engines"_s} << 3 << u"engines"_s << 2;
        QTest::newRow("environments") << QStringList{u"environments"_s} << 0 << u"environments"_s << 1;
        QTest::newRow("builds") << QStringList{u"builds"_s} << 0 << u"builds"_s << 0;
        QTest::newRow("forks") << QStringList{u"fork"_s, u"list"_s} << 0 << u"forks"_s << 0;
    }
    void factsAreJson()
    {
        QFETCH(QStringList, arguments);
        QFETCH(int, status);
        QFETCH(QString, list);
        QFETCH(int, least);
        const Ran ran = ctl(arguments + QStringList{u"--json"_s});
        COMPARE_STATUS(ran, status);
        QJsonParseError error{};
        QVERIFY(QJsonDocument::fromJson(ran.out, &error).isObject());
        QCOMPARE(error.error, QJsonParseError::NoError);
        QVERIFY(ran.json().value(list).isArray());
        QVERIFY(ran.json().value(list).toArray().size() >= least);
    }

    void aPreflightSaysWhatFails()
    {
        Ran ran = ctl({u"preflight"_s, u"starter"_s, u"--json"_s}); // without an engine
        QVERIFY2(ran.status == 1, told(ran, 1).constData());
        QCOMPARE(ran.json().value("verdict"_L1).toString(), u"failed"_s);
        const auto outcome = [](const Ran &one, QLatin1StringView id) {
            for (const QJsonValue value : one.json().value("checks"_L1).toArray())
                if (value.toObject().value("id"_L1).toString() == id)
                    return value.toObject().value("outcome"_L1).toString();
            return QString();
        };
        QCOMPARE(outcome(ran, "engine"_L1), u"failed"_s);
        QVERIFY(!outcome(ran, "time"_L1).isEmpty());
        fakePodman(0);
        ran = ctl({u"preflight"_s, u"starter"_s, u"--no-probe"_s, u"--json"_s});
        QCOMPARE(outcome(ran, "engine"_L1), u"passed"_s);
        QCOMPARE(ran.json().value("checks"_L1).toArray().size(), 17);
        ran = ctl({u"preflight"_s, u"starter"_s, u"--no-probe"_s});
        QVERIFY2(ran.out.contains("Engine") && ran.out.contains("starter "), ran.out.constData());
        COMPARE_STATUS(ctl({u"preflight"_s, u"starter"_s, u"--choice"_s, u"nothing=1"_s}), 2);
    }

    void choicesAreKeptForEveryCommand()
    {
        const auto valueOf = [this](const QString &name) {
            const Ran ran = ctl({u"choices"_s, u"xformers"_s, u"--json"_s});
            for (const QJsonValue one : ran.json().value("choices"_L1).toArray())
                if (one["name"_L1].toString() == name)
                    return one.toObject();
            return QJsonObject();
        };
        QCOMPARE(valueOf(u"cuda-architectures"_s).value("detected"_L1), QJsonValue(true));
        Ran ran = ctl({u"choices"_s, u"xformers"_s, u"jobs=4"_s, u"cuda-architectures=9.0"_s});
        COMPARE_STATUS(ran, 0);
        QVERIFY2(ran.out.contains("jobs") && ran.out.contains("  4  "), ran.out.constData());
        COMPARE_STATUS(ctl({u"choices"_s, u"xformers"_s, u"cuda-tag=cu130"_s}), 0); // beside them
        QCOMPARE(valueOf(u"jobs"_s).value("value"_L1).toString(), u"4"_s);
        QCOMPARE(valueOf(u"jobs"_s).value("own"_L1), QJsonValue(true));
        QCOMPARE(valueOf(u"cuda-tag"_s).value("default"_L1).toString(), u"cu128"_s);
        QCOMPARE(valueOf(u"cuda-architectures"_s).value("detected"_L1), QJsonValue(false));

        fakePodman(0);
        const auto planned = [this](const QStringList &more) {
            const Ran plan = ctl(QStringList{u"plan"_s, u"xformers"_s, u"--json"_s} + more);
            return QString::fromUtf8(plan.out);
        };
        QVERIFY(planned({}).contains(u"MAX_JOBS=4"_s));
        QVERIFY(planned({}).contains(u"TORCH_CUDA_ARCH_LIST=9.0"_s));
        QVERIFY(planned({u"--choice"_s, u"jobs=2"_s}).contains(u"MAX_JOBS=2"_s));

        ran = ctl({u"choices"_s, u"xformers"_s, u"--default"_s, u"jobs"_s});
        COMPARE_STATUS(ran, 0);
        QCOMPARE(valueOf(u"jobs"_s).value("own"_L1), QJsonValue(false));
        QCOMPARE(valueOf(u"cuda-tag"_s).value("own"_L1), QJsonValue(true));
        QFile kept(m_folder->filePath(u"XDG_CONFIG_HOME/kernelyard/choices/xformers.json"_s));
        QVERIFY(kept.open(QIODevice::WriteOnly));
        kept.write("{\"gone\": \"1\"}");
        kept.close();
        ran = ctl({u"plan"_s, u"xformers"_s});
        COMPARE_STATUS(ran, 2);
        QVERIFY2(ran.err.contains("xformers.json") &&
                     ran.err.contains("\n  next: kernelyardctl choices xformers --all-defaults"),
                 ran.err.constData());
        COMPARE_STATUS(ctl({u"choices"_s, u"xformers"_s, u"--all-defaults"_s}), 0);
        QVERIFY(!planned({}).contains(u"MAX_JOBS=4"_s));
    }

    void aBrokenEnvironmentFileHidesNoOther()
    {
        const QString folder = m_folder->filePath(u"XDG_CONFIG_HOME/kernelyard/environments"_s);
        QVERIFY(QDir().mkpath(folder));
        QFile file(folder + u"/broken.yml"_s);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("name: [\n");
        file.close();
        const Ran ran = ctl({u"environments"_s});
        COMPARE_STATUS(ran, 1);
        QVERIFY(ran.out.contains("starter"));
        QVERIFY2(ran.err.contains("broken.yml"), ran.err.constData());

        // It is the likely cause where that one is asked for, and is told where it would have taken another's place.
        const Ran missing = ctl({u"plan"_s, u"broken"_s});
        COMPARE_STATUS(missing, 2);
        QVERIFY2(missing.err.contains(QByteArray("“broken” can't be used. " + file.fileName().toUtf8() + ":2:1: ")),
                 missing.err.constData());
        QVERIFY2(missing.err.contains("\n  next: "), missing.err.constData());
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("name: starter\nlayers: [\n");
        file.close();
        const Ran hidden = ctl({u"plan"_s, u"starter"_s});
        QVERIFY2(hidden.err.contains("starter is read from ") && hidden.err.contains("broken.yml:3:1"),
                 hidden.err.constData());
    }

    void aBenchmarkThatCantEndDoesNotBegin()
    {
        fakePodman(0);
        const Ran ran = ctl({u"bench"_s, u"starter"_s, u"--registry"_s, u"http://127.0.0.1:5000"_s});
        COMPARE_STATUS(ran, 2);
        QVERIFY2(ran.err.contains("\"http://127.0.0.1:5000\" is no registry"), ran.err.constData());
        QVERIFY(!QFile::exists(m_folder->filePath(u"XDG_STATE_HOME/kernelyard/benchmarks/0001"_s)));

        // One that began with a registry which is refused is corrected when it goes on.
        kernelyard::Paths paths;
        paths.state = m_folder->filePath(u"XDG_STATE_HOME/kernelyard"_s);
        kernelyard::BenchmarkSpec spec;
        spec.environment = u"starter"_s;
        spec.engine = u"podman"_s;
        spec.scenarios = {kernelyard::Scenario::RegistryCache};
        spec.registry = u"http://127.0.0.1:5000"_s;
        QVERIFY(kernelyard::createBenchmark(paths, spec));
        const Ran same = ctl({u"bench"_s, u"starter"_s, u"--resume"_s, u"--dry-run"_s});
        COMPARE_STATUS(same, 2);
        QVERIFY2(same.err.contains("is no registry"), same.err.constData());
        const Ran begun = ctl({u"bench"_s, u"starter"_s, u"--resume"_s});
        COMPARE_STATUS(begun, 2);
        const auto kept = kernelyard::readBenchmark(paths, 1); // which the window shows, that starts the command unseen
        QVERIFY(kept && kept->failure.contains(u"is no registry"));
        const Ran other =
            ctl({u"bench"_s, u"starter"_s, u"--resume"_s, u"--dry-run"_s, u"--registry"_s, u"127.0.0.1:5000/x"_s});
        COMPARE_STATUS(other, 0);
        QVERIFY2(other.out.contains(" 127.0.0.1:5000/x/"), other.out.constData());
    }

    void colourOnlyWhereItIsAskedFor()
    {
        QVERIFY(!ctl({u"environments"_s}).out.contains('\x1b'));
        QVERIFY(ctl({u"environments"_s, u"--color"_s, u"always"_s}).out.contains('\x1b'));
        QVERIFY(ctl({u"--color=always"_s, u"environments"_s}).out.contains('\x1b'));
        QProcessEnvironment variables = environment();
        variables.insert(u"NO_COLOR"_s, u"1"_s);
        QVERIFY(!ctl({u"environments"_s}, variables).out.contains('\x1b'));
        QVERIFY(!ctl({u"environments"_s, u"--color"_s, u"never"_s}).out.contains('\x1b'));
    }

    void aCutLogIsDiagnosedAndSaidToBeCut()
    {
        // gzip of a compiler's error and ninja's last line
        const QByteArray packed = QByteArray::fromBase64("H4sIAAAAAAACAwXBSwrAIAwFwL2neLhqN0K3uY2aCCkaxQ/0+J2JIZ/"
                                                         "ruQkyZ58EZbGtRWXCfx66cIylqAk7U3sjIR2tjLX7GMKEdVLurUVj"
                                                         "lKhVOLgf9GA/pFUAAAA=");
        for (const bool isCut : {false, true}) {
            QFile log(m_folder->filePath(u"build.log.gz"_s));
            QVERIFY(log.open(QIODevice::WriteOnly));
            log.write(packed.first(isCut ? 80 : packed.size()));
            log.close();
            const Ran ran = ctl({u"diagnose"_s, log.fileName(), u"--json"_s});
            COMPARE_STATUS(ran, 0);
            QCOMPARE(ran.json().value(u"causes"_s)[0][u"label"_s].toString(), u"cxx-compile-error"_s);
            QCOMPARE(ran.err.contains("build.log.gz is damaged or cut"), isCut);
        }
    }

    void theForkIsMadeOnce()
    {
        const Ran made = ctl({u"fork"_s, u"ensure"_s, u"starter"_s, u"--json"_s});
        COMPARE_STATUS(made, 0);
        QCOMPARE(made.json().value(u"branch"_s).toString(), u"main"_s);
        const QString path = made.json().value(u"path"_s).toString();
        QVERIFY(QFile::exists(path + u"/setup.py"_s));
        QFile mine(path + u"/mine.txt"_s);
        QVERIFY(mine.open(QIODevice::WriteOnly));
        mine.close();
        const Ran again = ctl({u"fork"_s, u"ensure"_s, u"starter"_s});
        COMPARE_STATUS(again, 0);
        QVERIFY2(again.out.contains("1 changed"), again.out.constData());
        const Ran list = ctl({u"fork"_s, u"list"_s, u"--json"_s});
        COMPARE_STATUS(list, 0);
        const QJsonArray forks = list.json().value(u"forks"_s).toArray();
        QCOMPARE(forks.size(), 1);
        QCOMPARE(forks[0][u"changedFiles"_s].toArray(), (QJsonArray{u"mine.txt"_s}));
    }

    void aDryRunPrintsThePlansCommandsAndRunsNothing()
    {
        fakePodman(0);
        const Ran plan = ctl({u"plan"_s, u"starter"_s, u"--no-cache"_s, u"--quick"_s, u"--json"_s});
        COMPARE_STATUS(plan, 0);
        QStringList expected;
        for (const QJsonValue task : plan.json().value(u"tasks"_s).toArray())
            expected << kernelyard::Command::fromJson(task[u"command"_s].toObject()).display();
        QVERIFY(expected.size() >= 6);

        const Ran ran = ctl({u"setup"_s, u"starter"_s, u"--no-cache"_s, u"--quick"_s, u"--dry-run"_s});
        COMPARE_STATUS(ran, 0);
        QStringList printed = QString::fromUtf8(ran.out).split(u'\n', Qt::SkipEmptyParts);
        QVERIFY2(printed.removeIf([](const QString &line) { return line.startsWith(u"  "); }) > 0,
                 "what our own commands run stands indented");
        // The container's name is drawn anew for every plan.
        const QRegularExpression drawn(u"-validate-[a-z]+"_s);
        expected.replaceInStrings(drawn, u"-validate"_s);
        printed.replaceInStrings(drawn, u"-validate"_s);
        QCOMPARE(printed, expected);
        QVERIFY(printed.join(u'\n').contains(u"--no-cache"));
        QVERIFY(printed.last().endsWith(u"--quick"));
        QVERIFY(!QFile::exists(m_folder->filePath(u"XDG_STATE_HOME/builds.txt"_s)));
        QVERIFY(!QFile::exists(m_folder->filePath(u"XDG_STATE_HOME/kernelyard/builds/0001"_s)));
        QVERIFY(!QFile::exists(m_folder->filePath(u"XDG_DATA_HOME/kernelyard"_s)));
    }

    void aFailedBuildIsOneWithItsLastWords()
    {
        fakePodman(1);
        const Ran ran = ctl({u"build"_s, u"fake"_s});
        COMPARE_STATUS(ran, 1);
        QVERIFY2(ran.err.contains("next: kernelyardctl show 1"), ran.err.constData());
        QVERIFY2(ran.err.contains("    no such header\n"), ran.err.constData());
        QVERIFY2(!ran.err.contains('\x1b'), ran.err.constData());
        QCOMPARE(ctl({u"log"_s, u"--failed"_s}).out.trimmed(), QByteArray("no such header"));
        QVERIFY(ctl({u"log"_s, u"--failed"_s, u"--raw"_s}).out.contains("\x1b[31mno such header"));
        QVERIFY(ctl({u"log"_s, u"--step"_s, u"only"_s, u"--timestamps"_s}).out.contains("  no such header"));
        QVERIFY(ctl({u"log"_s, u"--follow"_s}).out.contains("no such header"));
        const QByteArray whole = ctl({u"log"_s, u"1"_s}).out;
        const QByteArray fromTwo = whole.sliced(whole.indexOf('\n') + 1);
        QVERIFY(!fromTwo.isEmpty());
        QCOMPARE(ctl({u"log"_s, u"kernelyard://build/1#L2"_s}).out, fromTwo);
        QCOMPARE(ctl({u"log"_s, u"--follow"_s, u"kernelyard://build/1#L2"_s}).out, fromTwo);
        const Ran behind = ctl({u"log"_s, u"kernelyard://build/1#L9999"_s});
        COMPARE_STATUS(behind, 2);
        const QByteArray sentence = "its log has " + QByteArray::number(whole.count('\n')) + " lines";
        QVERIFY2(behind.err.contains(sentence), behind.err.constData());
        const Ran show = ctl({u"show"_s, u"1"_s, u"--json"_s});
        COMPARE_STATUS(show, 0);
        QCOMPARE(show.json().value(u"status"_s).toString(), u"failed"_s);
        QVERIFY(!show.json().value(u"steps"_s).toArray().isEmpty());
        QVERIFY(!ctl({u"show"_s}).out.contains('\x1b'));
        const Ran builds = ctl({u"builds"_s, u"--json"_s});
        QCOMPARE(builds.json().value(u"builds"_s)[0][u"status"_s].toString(), u"failed"_s);
        COMPARE_STATUS(ctl({u"follow"_s}), 1);
        COMPARE_STATUS(ctl({u"cancel"_s, u"latest"_s}), 1); // it has ended already
        COMPARE_STATUS(ctl({u"log"_s, u"--step"_s, u"nothing"_s}), 2);
    }

    void theHistoryIsSearchedComparedAndPruned()
    {
        fakePodman(1);
        COMPARE_STATUS(ctl({u"build"_s, u"fake"_s}), 1);
        fakePodman(0);
        for (int round = 0; round < 2; ++round)
            (void)ctl({u"build"_s, u"fake"_s});
        const auto found = [this](const QStringList &options) {
            QList<int> numbers;
            const QStringList words = QStringList{u"builds"_s, u"--json"_s} + options;
            for (const auto &build : ctl(words).json().value(u"builds"_s).toArray())
                numbers << build[u"build"_s].toInt();
            return numbers;
        };
        QCOMPARE(found({}), (QList{3, 2, 1}));
        QCOMPARE(found({u"--search"_s, u"RUN compile"_s}), (QList{3, 2, 1}));
        QCOMPARE(found({u"--search"_s, u"nowhere"_s}), QList<int>());
        QCOMPARE(found({u"--limit"_s, u"1"_s, u"--since"_s, u"today"_s}), QList{3});
        QCOMPARE(found({u"--until"_s, u"1d"_s}), QList<int>());
        QCOMPARE(found({u"--environment"_s, u"other"_s}), QList<int>());
        QVERIFY(found({u"--status"_s, u"failed,cancelled"_s}).contains(1));
        QVERIFY(ctl({u"builds"_s, u"--search"_s, u"nowhere"_s}).err.contains("None of 3 builds"));
        const QJsonObject trend = ctl({u"builds"_s, u"--trend"_s, u"compile"_s, u"--json"_s}).json();
        QCOMPARE(trend[u"trends"_s][0][u"runs"_s].toArray().size(), 3);
        const Ran compared = ctl({u"compare"_s, u"1"_s, u"latest"_s, u"--json"_s});
        COMPARE_STATUS(compared, 0);
        QCOMPARE(compared.json()[u"second"_s][u"build"_s].toInt(), 3);
        QVERIFY(!compared.json()[u"steps"_s].toArray().isEmpty());
        COMPARE_STATUS(ctl({u"compare"_s, u"1"_s, u"77"_s}), 2);
        COMPARE_STATUS(ctl({u"compare"_s, u"1"_s, u"3"_s}), 0);

        const QStringList prune{u"prune"_s, u"--keep-size"_s, u"1"_s};
        COMPARE_STATUS(ctl({u"prune"_s}), 2); // off by default
        COMPARE_STATUS(ctl({u"pin"_s, u"1"_s}), 0);
        const Ran listed = ctl(prune + QStringList{u"--dry-run"_s, u"--json"_s});
        COMPARE_STATUS(listed, 0);
        QCOMPARE(listed.json()[u"builds"_s].toArray().size(), 1);
        QCOMPARE(listed.json()[u"builds"_s][0][u"build"_s].toInt(), 2);
        QCOMPARE(listed.json()[u"pinned"_s].toInt(), 1);
        COMPARE_STATUS(ctl(prune), 130); // nobody is there to be asked
        QCOMPARE(found({}), (QList{3, 2, 1}));
        COMPARE_STATUS(ctl(prune + QStringList{u"--yes"_s}), 0);
        QCOMPARE(found({}), (QList{3, 1}));
        COMPARE_STATUS(ctl({u"unpin"_s, u"1"_s}), 0);
        COMPARE_STATUS(ctl(prune + QStringList{u"--yes"_s}), 0);
        QCOMPARE(found({}), QList{3});
    }

    void everyLineOfFollowIsJson()
    {
        fakePodman(1);
        COMPARE_STATUS(ctl({u"build"_s, u"fake"_s}), 1);
        const Ran ran = ctl({u"follow"_s, u"latest"_s, u"--json"_s});
        COMPARE_STATUS(ran, 1);
        QStringList types;
        for (const QByteArray &line : ran.out.trimmed().split('\n')) {
            const QJsonObject object = QJsonDocument::fromJson(line).object();
            QVERIFY2(!object.isEmpty(), line.constData());
            types << object.value(u"type"_s).toString();
        }
        QCOMPARE(types.first(), u"plan"_s);
        QCOMPARE(types.last(), u"ended"_s);
        QVERIFY(types.contains(u"step"_s));
        QCOMPARE(ran.err, QByteArray());
    }

    /// Its results say what is wrong: neither the lines for programs nor a guess at a cause stand before them.
    void aFailedValidationIsToldInWords()
    {
        using namespace kernelyard;
        const QString recorded = QStringLiteral(KERNELYARD_TEST_DATA "/validation/stale-accumulator");
        Paths paths;
        paths.state = m_folder->filePath(u"XDG_STATE_HOME/kernelyard"_s);
        paths.data = paths.cache = paths.config = m_folder->path();
        Plan plan;
        plan.environment = u"starter"_s;
        plan.purpose = u"validate"_s;
        plan.engine.program = u"/bin/false"_s;
        Task task;
        task.name = u"validate"_s;
        task.kind = TaskKind::Validation;
        task.command = {
            u"/bin/sh"_s, {u"-c"_s, u"/bin/cat \"$0.jsonl\"; /bin/cat \"$0.stderr\" >&2; exit 1"_s, recorded}, {}, {}};
        plan.tasks = {task};
        const Result<BuildId> id = launchBuild(paths, plan, QStringLiteral(KERNELYARD_CTL));
        QVERIFY2(id, id ? "" : qPrintable(id.error().message));
        const Ran ran = ctl({u"follow"_s, QString::number(id->number())});
        COMPARE_STATUS(ran, 1);
        const QByteArray all = ran.out + ran.err;
        QVERIFY2(!all.contains("\"type\""), all.constData());
        QVERIFY2(!all.contains("Cause not recognised"), all.constData());
        QVERIFY2(all.contains("failed: fp32-b1-q37-k101"), all.constData());
        QVERIFY2(all.contains("negative controls were rejected"), all.constData());
    }

    /// Before anything runs, for a validation may take hours.
    void reportsThatCantBeWrittenAreRefused_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<int>("status");
        QTest::addColumn<QByteArray>("words");
        const QString file = u"results.xml"_s;
        QTest::newRow("standard output has JSON already")
            << QStringList{u"--junit"_s, u"-"_s, u"--json"_s} << 2 << QByteArray("can't hold two documents");
        QTest::newRow("two on standard output")
            << QStringList{u"--junit"_s, u"-"_s, u"--html"_s, u"-"_s} << 2 << QByteArray("can't hold two documents");
        QTest::newRow("nobody waits for the results")
            << QStringList{u"--detach"_s, u"--junit"_s, file} << 2 << QByteArray("--detach returns before");
        QTest::newRow("no folder") << QStringList{u"--junit"_s, u"/nowhere/at/all.xml"_s} << 2
                                   << QByteArray("there is no folder /nowhere/at");
        QTest::newRow("a folder") << QStringList{u"--html"_s, u"/"_s} << 2 << QByteArray("it is a folder");
    }

    void reportsThatCantBeWrittenAreRefused()
    {
        QFETCH(QStringList, arguments);
        QFETCH(int, status);
        QFETCH(QByteArray, words);
        const Ran ran = ctl(QStringList{u"validate"_s, u"starter"_s} + arguments);
        COMPARE_STATUS(ran, status);
        QVERIFY2(ran.err.contains(words), ran.err.constData());
        QCOMPARE(ran.out, QByteArray());
        QVERIFY(!QFile::exists(m_folder->filePath(u"XDG_STATE_HOME/kernelyard/builds"_s)));
    }

    /// A suite that ends well without a word proved nothing, and yesterday's report must not stand for it.
    void aValidationWithoutAResultFails()
    {
        fakeValidation(":");
        const QString report = m_folder->filePath(u"results.xml"_s);
        QFile yesterday(report);
        QVERIFY(yesterday.open(QIODevice::WriteOnly) && yesterday.write("all green") > 0);
        yesterday.close();
        const Ran ran = ctl({u"validate"_s, u"fake"_s, u"--junit"_s, report});
        COMPARE_STATUS(ran, 1);
        QVERIFY2(ran.err.contains("wrote no result"), ran.err.constData());
        QVERIFY(yesterday.open(QIODevice::ReadOnly));
        const QByteArray written = yesterday.readAll();
        QVERIFY2(written.contains("incomplete"), written.constData());
    }

    /// On standard output a report stands alone; what a container wrote can steer no terminal.
    void aReportOnStandardOutputIsWellFormed()
    {
        QFile lines(m_folder->filePath(u"lines.jsonl"_s));
        QFile recorded(QStringLiteral(KERNELYARD_TEST_DATA "/validation/quick-pass.jsonl"));
        QVERIFY(lines.open(QIODevice::WriteOnly) && recorded.open(QIODevice::ReadOnly));
        QByteArray suite = recorded.readAll();
        const qsizetype first = suite.indexOf("\"status\": \"pass\"");
        suite.replace(first, 16, "\"status\": \"error\", \"message\": \"Boom: \\u001b[2Jgone\\nsecond line\"");
        lines.write(suite);
        lines.close();
        fakeValidation("cat '" + QFile::encodeName(lines.fileName()) + "'; exit 1");
        const Ran report = ctl({u"validate"_s, u"fake"_s, u"--junit"_s, u"-"_s});
        COMPARE_STATUS(report, 1);
        QXmlStreamReader xml(report.out);
        while (!xml.atEnd())
            xml.readNext();
        QVERIFY2(!xml.hasError(), report.out.constData());
        const Ran table = ctl({u"validate"_s, u"fake"_s});
        COMPARE_STATUS(table, 1);
        QVERIFY2(!table.out.contains('\x1b'), table.out.constData());
        QVERIFY2(table.out.contains("FAIL Boom: gone "), table.out.constData());
        QVERIFY2(table.out.contains("\n    second line\n"), table.out.constData());
    }

    void aReaderThatGoesAwayIsNoError()
    {
        QProcess shell;
        shell.setProcessEnvironment(environment());
        shell.start(u"/bin/bash"_s, {u"-c"_s, u"set -o pipefail; \"$0\" --help | :; \"$0\" engines --json | :"_s,
                                     QStringLiteral(KERNELYARD_CTL)});
        QVERIFY(shell.waitForFinished(60000));
        QCOMPARE(shell.readAllStandardError(), QByteArray());
    }

    void aFullDiskIsAnError()
    {
        QProcess shell;
        shell.setProcessEnvironment(environment());
        shell.start(u"/bin/bash"_s, {u"-c"_s, u"\"$0\" environments > /dev/full"_s, QStringLiteral(KERNELYARD_CTL)});
        QVERIFY(shell.waitForFinished(60000));
        QCOMPARE(shell.exitCode(), 1);
        QVERIFY(shell.readAllStandardError().startsWith("kernelyardctl: "));
    }

    void whatTheWindowsSettingsChooseHolds()
    {
        fakePodman(0);
        QFile settings(m_folder->filePath(u"XDG_CONFIG_HOME/kernelyard/settings.ini"_s));
        QVERIFY(settings.open(QIODevice::WriteOnly));
        const QString data = m_folder->filePath(u"elsewhere"_s);
        settings.write("[engine]\nid=docker\n[folders]\ndata=" + data.toUtf8() + '\n');
        settings.close();

        const Ran chosen = ctl({u"plan"_s, u"fake"_s});
        COMPARE_STATUS(chosen, 3); // Docker is not there; Podman is not taken in its place
        QVERIFY2(chosen.err.contains("docker"), chosen.err.constData());
        COMPARE_STATUS(ctl({u"plan"_s, u"fake"_s, u"--engine"_s, u"podman"_s}), 0);

        COMPARE_STATUS(ctl({u"fork"_s, u"ensure"_s, u"starter"_s}), 0);
        QVERIFY(QDir(data).exists());
        QVERIFY(!QFile::exists(m_folder->filePath(u"XDG_DATA_HOME/kernelyard"_s)));
    }
};

QTEST_GUILESS_MAIN(TestCtl)
#include "tst_ctl.moc"
