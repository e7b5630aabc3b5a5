// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/validationcontext.h"
#include "tests/core/build/writtenbuild.h"

#include <QTemporaryDir>
#include <QTest>

#include <algorithm>

using namespace kernelyard;
using namespace Qt::StringLiterals;

class TestValidationContext : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void theImageIsOfTheBuildThatMadeIt();
    void aReportSaysWhatWasAskedFor();
    void anOutcomeIsWhatAListNeeds();

private:
    QString fact(int build, const QString &name) const
    {
        const auto past = readValidation(m_paths, BuildId(build));
        const auto facts = past ? past->context.facts : QList<std::pair<QString, QString>>();
        const auto found = std::ranges::find(facts, name, &std::pair<QString, QString>::first);
        return found == facts.end() ? QString() : found->second;
    }
    std::optional<ValidationOutcome> outcome(int build) const
    {
        const auto builds = listBuilds(m_paths);
        for (const BuildSummary &one : builds ? *builds : QList<BuildSummary>())
            if (one.id == BuildId(build))
                return readOutcome(m_paths, one, *Plan::read(BuildFolder::of(m_paths, one.id).plan()));
        return {};
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    Paths m_paths;
    QByteArray m_pass;
};

void TestValidationContext::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    QVERIFY(m_folder->isValid());
    m_paths = {};
    m_paths.state = m_folder->filePath(u"state"_s);
    QFile file(QStringLiteral(KERNELYARD_TEST_DATA "/validation/quick-pass.jsonl"));
    QVERIFY(file.open(QIODevice::ReadOnly));
    m_pass = file.readAll();
}

void TestValidationContext::theImageIsOfTheBuildThatMadeIt()
{
    QVERIFY(test::WrittenBuild(m_paths, 1).write());
    test::WrittenBuild remade(m_paths, 2); // it makes the image anew, and then its validation fails it
    remade.validation = m_pass;
    remade.validationExit = 1;
    QVERIFY(remade.write());
    test::WrittenBuild cached(m_paths, 3);
    cached.isCached = true;
    cached.validation = m_pass;
    QVERIFY(cached.write());
    test::WrittenBuild broken(m_paths, 4); // it ends in the layer: the image stays
    broken.outcome = Outcome::Failed;
    QVERIFY(broken.write());
    test::WrittenBuild again(m_paths, 5);
    again.purpose = u"validate"_s;
    again.validation = m_pass;
    QVERIFY(again.write());
    for (const int build : {2, 3, 5})
        QCOMPARE(fact(build, u"image"_s), u"localhost/x of build #0002"_s);
}

void TestValidationContext::aReportSaysWhatWasAskedFor()
{
    test::WrittenBuild whole(m_paths, 1);
    whole.validation = m_pass;
    QVERIFY(whole.write());
    test::WrittenBuild part(m_paths, 2);
    part.purpose = u"validate"_s;
    part.validation = m_pass;
    part.validationArguments = QStringList{u"--case"_s, u"a"_s, u"--backend"_s, u"torch"_s};
    QVERIFY(part.write());
    QCOMPARE(fact(1, u"scope"_s), u"all of the suite"_s);
    QCOMPARE(fact(2, u"scope"_s), u"a with torch"_s);
}

void TestValidationContext::anOutcomeIsWhatAListNeeds()
{
    test::WrittenBuild passed(m_paths, 1);
    passed.validation = m_pass;
    QVERIFY(passed.write());
    test::WrittenBuild broken(m_paths, 2);
    broken.outcome = Outcome::Failed;
    broken.validation = m_pass;
    QVERIFY(broken.write());
    test::WrittenBuild silent(m_paths, 3);
    silent.purpose = u"validate"_s;
    silent.validation = QByteArray();
    QVERIFY(silent.write());
    QVERIFY(test::WrittenBuild(m_paths, 4).write());
    QVERIFY(outcome(1)->began);
    QCOMPARE(outcome(1)->verdict->verdict, Verdict::Pass);
    QVERIFY(outcome(1)->scope.isQuick); // the run itself says so
    QVERIFY(!outcome(2)->began && !outcome(2)->verdict);
    QVERIFY(outcome(3)->began && !outcome(3)->verdict);
    QVERIFY(!outcome(4));
}

QTEST_GUILESS_MAIN(TestValidationContext)
#include "tst_validationcontext.moc"
