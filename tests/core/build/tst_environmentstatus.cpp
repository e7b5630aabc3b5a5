// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/environmentstatus.h"
#include "core/build/imageinspection.h"
#include "tests/core/build/writtenbuild.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace kernelyard;
using namespace Qt::StringLiterals;

namespace {

QByteArray recorded(const QString &name)
{
    QFile file(QStringLiteral(KERNELYARD_TEST_DATA "/environment/") + name);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

QByteArray validated(const QString &name)
{
    QFile file(QStringLiteral(KERNELYARD_TEST_DATA "/validation/") + name);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

Environment starter()
{
    Environment environment;
    environment.name = u"starter"_s;
    environment.base.pull = u"docker.io/library/debian:12-slim"_s;
    for (const QString &name : {u"wheels"_s, u"builder"_s, u"dev"_s}) {
        Layer layer;
        layer.name = name;
        environment.layers.append(layer);
    }
    return environment;
}

} // namespace

/// The engine is faked at the process seam: a program that prints recorded output. tests/system/environment asks real
/// engines.
class TestEnvironmentStatus : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        QVERIFY(m_folder->isValid());
        m_paths = {};
        m_paths.state = m_folder->filePath(u"state"_s);
        m_paths.data = m_folder->filePath(u"data"_s);
    }

    void readsImagesOfBothEngines_data()
    {
        QTest::addColumn<QString>("file");
        QTest::newRow("Podman 4.3.1") << u"podman-inspect.json"_s;
        QTest::newRow("Docker 20.10") << u"docker-inspect.json"_s;
    }

    void readsImagesOfBothEngines()
    {
        QFETCH(QString, file);
        QVERIFY(!recorded(file).isEmpty());
        const auto status = readEnvironmentStatus(starter(), engine(recorded(file), 0), m_paths);
        QCOMPARE(status.layers.size(), 3);
        for (const LayerStatus &layer : status.layers) {
            QVERIFY2(layer.present, qPrintable(layer.name));
            QVERIFY(layer.created.isValid());
        }
        // builder and dev each stand on wheels; the base itself is not in the recording.
        const auto images = parseInspection(recorded(file));
        QCOMPARE(images.size(), 3);
        QCOMPARE(status.layers.at(0).ownBytes, images.at(0).sizeBytes);
        QCOMPARE(status.layers.at(1).ownBytes, images.at(1).sizeBytes - images.at(0).sizeBytes);
        QCOMPARE(status.layers.at(2).ownBytes, images.at(2).sizeBytes - images.at(0).sizeBytes);
        QCOMPARE(status.diskBytes,
                 images.at(0).sizeBytes + status.layers.at(1).ownBytes + status.layers.at(2).ownBytes);
        // Without a validation in its file, an environment whose images are there is ready.
        QVERIFY(status.readiness == Readiness::Ready);
    }

    void withoutAValidationRunItIsBuiltOnly()
    {
        Environment environment = starter();
        environment.validation = ValidationSuite{};
        const auto status = readEnvironmentStatus(environment, engine(recorded(u"podman-inspect.json"_s), 0), m_paths);
        QVERIFY(status.readiness == Readiness::Built);
        QVERIFY(!status.lastValidation);
    }

    void readinessFollowsItsRule_data()
    {
        QTest::addColumn<int>("build"); // BuildStatus, -1: none
        QTest::addColumn<bool>("present");
        QTest::addColumn<int>("verdict");        // -1: none
        QTest::addColumn<int>("validatedAfter"); // seconds after the images were made
        QTest::addColumn<int>("readiness");
        QTest::addColumn<bool>("same"); // the build is the one that validated
        const auto row = [](const char *name, int build, bool present, int verdict, int after, Readiness result) {
            QTest::newRow(name) << build << present << verdict << after << static_cast<int>(result) << false;
        };
        const int done = static_cast<int>(BuildStatus::Done);
        const int pass = static_cast<int>(Verdict::Pass);
        row("nothing yet", -1, false, -1, 0, Readiness::NotBuilt);
        row("a build waits", static_cast<int>(BuildStatus::Queued), true, pass, 60, Readiness::Building);
        row("a build runs", static_cast<int>(BuildStatus::Running), false, -1, 0, Readiness::Building);
        row("the last build failed", static_cast<int>(BuildStatus::Failed), true, pass, 60, Readiness::Failed);
        row("cancelled before it was whole", static_cast<int>(BuildStatus::Cancelled), false, -1, 0,
            Readiness::NotBuilt);
        row("interrupted after it was whole", static_cast<int>(BuildStatus::Interrupted), true, pass, 60,
            Readiness::Ready);
        row("built, never validated", done, true, -1, 0, Readiness::Built);
        row("validated", done, true, pass, 60, Readiness::Ready);
        row("validated, images made anew since", done, true, pass, -60, Readiness::Built);
        row("validation failed", done, true, static_cast<int>(Verdict::Fail), 60, Readiness::Built);
        row("validation void", done, true, static_cast<int>(Verdict::Void), 60, Readiness::Built);
        QTest::newRow("failed by its verdict")
            << static_cast<int>(BuildStatus::Failed) << true << static_cast<int>(Verdict::Fail) << 60
            << static_cast<int>(Readiness::Built) << true;
        QTest::newRow("failed by a void run")
            << static_cast<int>(BuildStatus::Failed) << true << static_cast<int>(Verdict::Void) << 60
            << static_cast<int>(Readiness::Built) << true;
        QTest::newRow("failed before its verdict")
            << static_cast<int>(BuildStatus::Failed) << true << static_cast<int>(Verdict::Incomplete) << 60
            << static_cast<int>(Readiness::Failed) << true;
        QTest::newRow("failed by its verdict, an image is gone since")
            << static_cast<int>(BuildStatus::Failed) << false << static_cast<int>(Verdict::Fail) << 60
            << static_cast<int>(Readiness::NotBuilt) << true;
        row("images removed after a validation", done, false, pass, 60, Readiness::NotBuilt);
    }

    void readinessFollowsItsRule()
    {
        QFETCH(int, build);
        QFETCH(bool, present);
        QFETCH(int, verdict);
        QFETCH(int, validatedAfter);
        QFETCH(bool, same);
        const QDateTime made = QDateTime::fromString(u"2026-01-31T12:00:00Z"_s, Qt::ISODate);
        EnvironmentStatus status;
        status.layers = {{u"wheels"_s, true, 1, 1, made}, {u"dev"_s, present, 1, 1, present ? made : QDateTime()}};
        if (build >= 0) {
            status.lastBuild.emplace();
            status.lastBuild->status = static_cast<BuildStatus>(build);
            status.lastBuild->id = BuildId(7);
        }
        if (verdict >= 0) {
            status.lastValidation.emplace();
            status.lastValidation->verdict = static_cast<Verdict>(verdict);
            status.lastValidationBuild = BuildId(same ? 7 : 6);
        }
        Environment environment = starter();
        environment.validation = ValidationSuite{};
        const Readiness result = readinessOf(status, environment, made.addSecs(validatedAfter));
        QTEST(static_cast<int>(result), "readiness");
    }

    /// One right case, or another back-end, says nothing of the suite that failed before.
    void aPartOfTheSuiteIsNoVerdict()
    {
        test::WrittenBuild whole(m_paths, 1);
        whole.validation = validated(u"stale-accumulator.jsonl"_s);
        whole.validationExit = 1;
        QVERIFY(whole.write());
        int number = 2;
        for (const QStringList &arguments :
             {QStringList{u"--case"_s, u"a"_s}, QStringList{u"--backend"_s, u"torch"_s}}) {
            test::WrittenBuild part(m_paths, number++);
            part.purpose = u"validate"_s;
            part.validation = validated(u"quick-pass.jsonl"_s);
            part.validationArguments = arguments;
            QVERIFY(part.write());
        }
        Environment environment = starter();
        environment.validation = ValidationSuite{};
        const Engine asked = engine(recorded(u"podman-inspect.json"_s), 0);
        EnvironmentStatus status = readEnvironmentStatus(environment, asked, m_paths);
        QVERIFY(status.lastValidation);
        QCOMPARE(status.lastValidation->verdict, Verdict::Fail);
        QCOMPARE(status.lastValidationBuild, BuildId(1));
        QCOMPARE(status.lastBuild->id, BuildId(1));
        QVERIFY(status.readiness == Readiness::Built); // its layers are there, and it can be validated again
        QVERIFY(readyToValidate(environment, asked, status, m_paths));

        test::WrittenBuild quick(m_paths, number);
        quick.purpose = u"validate"_s;
        quick.validation = validated(u"quick-pass.jsonl"_s);
        quick.validationArguments = QStringList{u"--quick"_s};
        QVERIFY(quick.write());
        status = readEnvironmentStatus(environment, asked, m_paths);
        QCOMPARE(status.lastValidation->verdict, Verdict::Pass);
        QCOMPARE(status.lastValidationScope.text(), u"quick"_s);
    }

    void aValidationNeedsItsLayerAndItsFork()
    {
        Environment environment = starter();
        environment.validation = ValidationSuite{};
        environment.validation->layer = u"dev"_s;
        const Engine asked = engine(recorded(u"podman-inspect.json"_s), 0);
        EnvironmentStatus status = readEnvironmentStatus(environment, asked, m_paths);
        QVERIFY(readyToValidate(environment, asked, status, m_paths));
        status.readiness = Readiness::Failed; // whatever failed since
        QVERIFY(readyToValidate(environment, asked, status, m_paths));
        environment.fork.emplace();
        QVERIFY(!readyToValidate(environment, asked, status, m_paths));
        environment.fork.reset();
        status.layers.last().present = false;
        const auto refused = readyToValidate(environment, asked, status, m_paths);
        QVERIFY(!refused);
        QVERIFY2(refused.error().message.contains(u"its layer dev is not built"_s),
                 qPrintable(refused.error().message));
        status.readiness = Readiness::Unknown; // the engine was silent: what is there is not known
        QVERIFY(readyToValidate(environment, asked, status, m_paths));
    }

    void theLayerThatFailedIsNamed()
    {
        test::WrittenBuild failed(m_paths, 1);
        failed.outcome = Outcome::Failed;
        QVERIFY(failed.write());
        const Engine asked = engine(recorded(u"podman-inspect.json"_s), 0);
        QCOMPARE(readEnvironmentStatus(starter(), asked, m_paths).failedLayer, u"builder"_s);
        test::WrittenBuild good(m_paths, 2);
        QVERIFY(good.write());
        QCOMPARE(readEnvironmentStatus(starter(), asked, m_paths).failedLayer, QString());
    }

    void choicesMadeSinceTheLayersWereBuiltAreNamed()
    {
        Environment environment = starter();
        environment.layers = {environment.layers[1]}; // the one that these builds make
        environment.choices = {{u"jobs"_s, {}, u"2"_s, {}, false, false},
                               {u"wheels"_s, {}, u"/there"_s, {}, true, false},
                               {u"architectures"_s, {}, u"12.0"_s, {}, false, true}};
        test::WrittenBuild built(m_paths, 1);
        built.choices = {{u"jobs"_s, u"2"_s}, {u"wheels"_s, u"/here"_s}, {u"architectures"_s, u"9.0"_s}};
        built.validation = validated(u"pass.jsonl"_s);
        QVERIFY(built.write());
        test::WrittenBuild after(m_paths, 2); // which builds no layer
        after.purpose = u"validate"_s;
        after.validation = validated(u"pass.jsonl"_s);
        QVERIFY(after.write());
        const Engine asked = engine(recorded(u"podman-inspect.json"_s), 0);
        QVERIFY(readEnvironmentStatus(environment, asked, m_paths).changed.isEmpty()); // a path, and what is detected
        environment.choices[0].own = u"4"_s;
        environment.choices[2].own = u"9.0"_s;
        QCOMPARE(readEnvironmentStatus(environment, asked, m_paths).changed, (ChosenValues{{u"jobs"_s, u"4"_s}}));
        environment.choices[0].own.reset();
        environment.choices[0].defaultValue = u"3"_s; // the file says otherwise now
        QCOMPARE(readEnvironmentStatus(environment, asked, m_paths).changed, (ChosenValues{{u"jobs"_s, u"3"_s}}));
        test::WrittenBuild again(m_paths, 3);
        again.choices = {{u"jobs"_s, u"3"_s}};
        QVERIFY(again.write());
        const EnvironmentStatus status = readEnvironmentStatus(environment, asked, m_paths);
        QVERIFY(status.changed.isEmpty());
        QCOMPARE(status.lastValidationBuild, BuildId(2));
        test::WrittenBuild failed(m_paths, 4); // and made no layer
        failed.outcome = Outcome::Failed;
        failed.choices = {{u"jobs"_s, u"8"_s}};
        QVERIFY(failed.write());
        QVERIFY(readEnvironmentStatus(environment, asked, m_paths).changed.isEmpty());
        environment.layers.append(starter().layers[2]); // of which none of them tells
        environment.choices[0].own = u"9"_s;
        QVERIFY(readEnvironmentStatus(environment, asked, m_paths).changed.isEmpty());
    }

    void aLayerThatIsMissing()
    {
        Environment environment = starter();
        environment.layers[2].name = u"other"_s;
        const auto status =
            readEnvironmentStatus(environment, engine(recorded(u"podman-inspect.json"_s), 125), m_paths);
        QVERIFY(status.readiness == Readiness::NotBuilt);
        QVERIFY(status.layers.at(1).present);
        QVERIFY(!status.layers.at(2).present);
    }

    void nothingThereIsNotTheSameAsNobodyThere()
    {
        QVERIFY(readEnvironmentStatus(starter(), engine("[]\n", 125, 0), m_paths).readiness == Readiness::NotBuilt);
        QVERIFY(readEnvironmentStatus(starter(), engine("[]\n", 1, 1), m_paths).readiness == Readiness::Unknown);
        Engine missing;
        missing.program = m_folder->filePath(u"none"_s);
        QVERIFY(readEnvironmentStatus(starter(), missing, m_paths).readiness == Readiness::Unknown);
    }

    void takesNoHarmFromNonsense()
    {
        QVERIFY(parseInspection("").isEmpty());
        QVERIFY(parseInspection("{}").isEmpty());
        QVERIFY(parseInspection("[1, {}, {\"Id\": 5}]").isEmpty());
    }

    void countsAnImageBesideAnotherInFull()
    {
        InspectedImage base{u"a"_s, {}, 100, {}, {u"1"_s}};
        InspectedImage wheels{u"b"_s, {}, 150, {}, {u"1"_s, u"2"_s}};
        InspectedImage other{u"c"_s, {}, 70, {}, {u"9"_s}};
        const QList<InspectedImage> all{base, wheels, other};
        QCOMPARE(ownBytes(base, all), 100);
        QCOMPARE(ownBytes(wheels, all), 50);
        QCOMPARE(ownBytes(other, all), 70);
        QVERIFY(!base.isAbove(base));
    }

private:
    /// A program that prints \a inspection and ends with \a status; asked for `images`, it ends with \a imagesStatus.
    Engine engine(const QByteArray &inspection, int status, int imagesStatus = 0)
    {
        const QString program = m_folder->filePath(u"podman"_s);
        const QString output = m_folder->filePath(u"inspection.json"_s);
        QFile data(output);
        if (!data.open(QIODevice::WriteOnly) || data.write(inspection) != inspection.size())
            qFatal("no inspection");
        data.close();
        QFile script(program);
        if (!script.open(QIODevice::WriteOnly))
            qFatal("no script");
        script.write("#!/bin/sh\nif [ \"$1\" = images ]; then exit " + QByteArray::number(imagesStatus) + "; fi\n" +
                     "cat '" + QFile::encodeName(output) + "'\nexit " + QByteArray::number(status) + "\n");
        script.close();
        script.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
        Engine fake;
        fake.program = program;
        fake.clientVersion = u"4.3.1"_s;
        return fake;
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    Paths m_paths;
};

QTEST_GUILESS_MAIN(TestEnvironmentStatus)
#include "tst_environmentstatus.moc"
