// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/forks/advicecard.h"
#include "ui/forks/branchdialog.h"
#include "ui/forks/changesmodel.h"
#include "ui/forks/clonedialog.h"
#include "ui/forks/forkjob.h"
#include "ui/forks/forklistmodel.h"
#include "ui/forks/forkwords.h"
#include "ui/forks/submodulemodel.h"
#include "ui/widgets/style.h"

#include <QAbstractItemModelTester>
#include <QAction>
#include <QApplication>
#include <QDir>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace kernelyard;
using namespace Qt::StringLiterals;

static ForkRow rowOf(const QString &name)
{
    ForkRow row;
    row.fork.name = name;
    row.fork.path = u"/forks/"_s + name;
    row.fork.origin = u"https://github.com/you/%1.git"_s.arg(name);
    row.fork.branch = u"main"_s;
    row.fork.commit = u"8c1f04e2d94b5a0c1f04e2d94b5a0c1f04e2d94b"_s;
    return row;
}

static ForkAdvice adviceOf(RebuildVerdict verdict, const QStringList &units = {})
{
    ForkAdvice advice;
    advice.held = u"41d90ab041d90ab041d90ab041d90ab041d90ab0"_s;
    advice.layer = u"builder"_s;
    advice.advice.verdict = verdict;
    advice.advice.units = units;
    advice.advice.totalUnits = 412;
    return advice;
}

class TestForkModels : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QApplication::setStyle(new Style); }

    void rowsComeAndGoOneByOne()
    {
        ForkListModel model;
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.setRows({rowOf(u"a"_s), rowOf(u"c"_s)});
        QSignalSpy inserted(&model, &ForkListModel::rowsInserted);
        QSignalSpy removed(&model, &ForkListModel::rowsRemoved);
        QSignalSpy reset(&model, &ForkListModel::modelReset);
        model.setRows({rowOf(u"a"_s), rowOf(u"b"_s), rowOf(u"c"_s)});
        QCOMPARE(inserted.size(), 1);
        QCOMPARE(model.rowOf(u"/forks/b"_s), 1);
        model.setRows({rowOf(u"c"_s), rowOf(u"b"_s)});
        QCOMPARE(removed.size(), 1);
        QCOMPARE(model.rowOf(u"/forks/c"_s), 0);
        QCOMPARE(reset.size(), 0);
    }

    void cellsSayTheStatus_data()
    {
        QTest::addColumn<ForkRow>("row");
        QTest::addColumn<int>("column");
        QTest::addColumn<QString>("text");
        QTest::addColumn<int>("state");
        const auto add = [](const char *name, int column, const QString &text, int state, const auto &change) {
            ForkRow row = rowOf(u"xformers"_s);
            change(row);
            QTest::newRow(name) << row << column << text << state;
        };
        const auto none = [](ForkRow &) {};
        add("an address", ForkListModel::ForkColumn, u"github.com/you/xformers"_s, -1, none);
        add("a second checkout", ForkListModel::ForkColumn, u"github.com/you/xformers in second"_s, -1,
            [](ForkRow &row) { row.fork.name = u"second"_s; });
        add("made here", ForkListModel::ForkColumn, u"xformers, local only"_s, -1,
            [](ForkRow &row) { row.fork.origin = u"/data/seeds/attention.git"_s; });
        add("at work", ForkListModel::ForkColumn, u"github.com/you/xformers"_s, int(State::Running),
            [](ForkRow &row) { row.work = u"Fetching"_s; });
        add("another user's", ForkListModel::ForkColumn, u"github.com/you/xformers"_s, int(State::Failed),
            [](ForkRow &row) {
                row.fork.trouble = Error{ErrorKind::Permission, u"no"_s, {}, {}};
            });
        add("cut off", ForkListModel::BranchColumn, u"ended early"_s, -1,
            [](ForkRow &row) { row.kind = ForkRow::Kind::Unfinished; });
        add("detached", ForkListModel::BranchColumn, u"at 8c1f04e2"_s, -1,
            [](ForkRow &row) { row.fork.branch.clear(); });
        add("clean", ForkListModel::FilesColumn, u"clean"_s, -1, none);
        add("changed, in a merge", ForkListModel::FilesColumn, u"2 changed, in a merge"_s, int(State::Warning),
            [](ForkRow &row) {
                row.fork.changedFiles = {u"a"_s, u"b"_s};
                row.fork.operation = u"merge"_s;
            });
        add("never fetched", ForkListModel::OriginColumn, u"not there"_s, -1, none);
        add("in step", ForkListModel::OriginColumn, u"in step"_s, -1, [](ForkRow &row) {
            row.fork.fromOrigin = Divergence{u"origin/main"_s, 0, 0};
        });
        add("no upstream", ForkListModel::UpstreamColumn, u"none"_s, -1, none);
        add("diverged", ForkListModel::UpstreamColumn, u"2 ahead, 5 behind"_s, -1, [](ForkRow &row) {
            row.fork.upstream = u"https://github.com/them/xformers"_s;
            row.fork.fromUpstream = Divergence{u"upstream/main"_s, 2, 5};
        });
        add("no submodule", ForkListModel::SubmodulesColumn, u"has none"_s, int(State::Waiting), none);
        const auto submodules = [](SubmoduleState second) {
            return [second](ForkRow &row) {
                SubmoduleStatus one;
                one.state = SubmoduleState::AsPinned;
                SubmoduleStatus two;
                two.state = second;
                row.fork.submodules = {one, two};
            };
        };
        add("as pinned", ForkListModel::SubmodulesColumn, u"2 as pinned"_s, int(State::Success),
            submodules(SubmoduleState::AsPinned));
        add("missing", ForkListModel::SubmodulesColumn, u"1 missing"_s, int(State::Warning),
            submodules(SubmoduleState::Missing));
        add("refused", ForkListModel::SubmodulesColumn, u"1 refused"_s, int(State::Warning),
            submodules(SubmoduleState::Refused));
        add("never built", ForkListModel::BuildColumn, u"none yet"_s, int(State::Waiting), none);
        add("built", ForkListModel::BuildColumn, u"#0405"_s, int(State::Success), [](ForkRow &row) {
            row.history.lastBuild = BuildSummary();
            row.history.lastBuild->id = BuildId(405);
            row.history.lastBuild->status = BuildStatus::Done;
        });
        const auto verdict = [](Verdict one) {
            return [one](ForkRow &row) {
                row.history.lastValidation = ValidationVerdict();
                row.history.lastValidation->verdict = one;
                row.history.lastValidation->cases = 128;
                row.history.lastValidation->failed = one == Verdict::Fail ? 3 : 0;
            };
        };
        add("valid", ForkListModel::ValidationColumn, u"128 of 128"_s, int(State::Success), verdict(Verdict::Pass));
        add("wrong", ForkListModel::ValidationColumn, u"125 of 128"_s, int(State::Failed), verdict(Verdict::Fail));
        add("void", ForkListModel::ValidationColumn, u"void"_s, int(State::Failed), verdict(Verdict::Void));
    }
    void cellsSayTheStatus()
    {
        QFETCH(ForkRow, row);
        QFETCH(int, column);
        ForkListModel model;
        model.setRows({row});
        QTEST(model.index(0, column).data().toString(), "text");
        const QVariant state = model.index(0, column).data(StateRole);
        QTEST(state.isValid() ? state.toInt() : -1, "state");
    }

    void theLargestEffectComesFirst()
    {
        const auto file = [](const QString &path, SourceKind kind, RebuildVerdict effect, const QStringList &units) {
            FileMeaning meaning;
            meaning.file.path = path;
            meaning.kind = kind;
            meaning.effect = effect;
            meaning.units = units;
            return meaning;
        };
        ChangesModel model;
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.setFiles({file(u"docs/a.md"_s, SourceKind::Docs, RebuildVerdict::None, {}),
                        file(u"pkg/ops.py"_s, SourceKind::Python, RebuildVerdict::Link, {}),
                        file(u"csrc/one.cu"_s, SourceKind::CudaSource, RebuildVerdict::Partial, {u"csrc/one.cu"_s}),
                        file(u"csrc/two.h"_s, SourceKind::Header, RebuildVerdict::Partial, {u"a"_s, u"b"_s})});
        const auto cell = [&model](int row, int column) { return model.index(row, column).data().toString(); };
        QCOMPARE(cell(0, ChangesModel::FileColumn), u"two.h"_s);
        QCOMPARE(cell(0, ChangesModel::MeaningColumn), u"2 units include it"_s);
        QCOMPARE(model.index(0, ChangesModel::FileColumn).data(ChangesModel::FolderRole).toString(), u"csrc"_s);
        QCOMPARE(cell(1, ChangesModel::MeaningColumn), u"1 unit"_s);
        QCOMPARE(cell(2, ChangesModel::MeaningColumn), u"editable link"_s);
        QCOMPARE(cell(3, ChangesModel::KindColumn), u"Docs"_s);
        QCOMPARE(cell(3, ChangesModel::MeaningColumn), u"no effect"_s);
        SubmoduleStatus moved;
        moved.path = u"third_party/cutlass"_s;
        moved.state = SubmoduleState::Moved;
        moved.pinned = u"1111111111"_s;
        moved.current = u"2222222222"_s;
        SubmoduleModel submodules;
        const QAbstractItemModelTester other(&submodules, QAbstractItemModelTester::FailureReportingMode::QtTest);
        submodules.setSubmodules({moved});
        QCOMPARE(submodules.index(0, SubmoduleModel::StateColumn).data().toString(), u"moved to 22222222"_s);
        QCOMPARE(submodules.index(0, SubmoduleModel::PinColumn).data().toString(), u"11111111"_s);
    }

    void adviceIsSaid()
    {
        ForkAdvice partial = adviceOf(RebuildVerdict::Partial, {u"a.cu"_s, u"b.cu"_s, u"c.cu"_s});
        partial.advice.because = {u"One."_s, u"Two."_s, u"Three."_s, u"Four."_s};
        partial.advice.fullSeconds = 1860;
        partial.advice.estimateSeconds = 160;
        partial.advice.estimateFrom = 14;
        AdviceWords words = adviceWords(partial);
        QCOMPARE(words.figure, u"3 of 412 units"_s);
        QCOMPARE(words.estimate, u"about 2 min 40 s, from 14 earlier builds"_s);
        QCOMPARE(words.because, u"One.\nTwo.\nThree.\nAnd 1 more."_s);
        QCOMPARE(words.advised, RebuildVerdict::Partial);
        QCOMPARE(words.ways.size(), 3);
        QCOMPARE(words.ways[1].title, u"Rebuild 3 units"_s);
        QVERIFY(qAbs(words.ways[1].share - 3.0 / 412) < 1e-9);
        QCOMPARE(words.ways[2].time, u"31 min"_s);
        QCOMPARE(buttonText(partial, RebuildVerdict::Partial), u"Rebuild 3 units, validate"_s);
        QCOMPARE(buttonText(partial, RebuildVerdict::Link), u"Validate without rebuild"_s);
        words = adviceWords(adviceOf(RebuildVerdict::None));
        QCOMPARE(words.figure, u"Nothing to rebuild"_s);
        QCOMPARE(words.state, State::Success);
        QVERIFY(!words.ways[1].isPossible);
        QCOMPARE(buttonText(adviceOf(RebuildVerdict::None), RebuildVerdict::Link), u"Validate"_s);
        ForkAdvice full = adviceOf(RebuildVerdict::Full);
        full.changed = {{u"cuda-architectures"_s, u"9.0"_s}};
        words = adviceWords(full);
        QCOMPARE(words.figure, u"All 412 units"_s);
        QCOMPARE(words.estimate, u"no estimate yet"_s);
        QCOMPARE(words.same.first().first, State::Warning);
        QVERIFY(words.same.first().second.contains(u"cuda-architectures"_s));
        full.held.clear();
        QVERIFY(adviceWords(full).same.isEmpty()); // nothing was compared
    }

    void theCardKeepsWhatWasChosen()
    {
        QAction main, units, build;
        AdviceCard card(&main, &units, &build);
        QSignalSpy changed(&card, &AdviceCard::chosenChanged);
        card.setWords(adviceWords(adviceOf(RebuildVerdict::Partial, {u"a.cu"_s})));
        QCOMPARE(card.chosen(), RebuildVerdict::Partial);
        card.choose(RebuildVerdict::Full);
        QCOMPARE(card.chosen(), RebuildVerdict::Full);
        QVERIFY(!changed.isEmpty());
        card.setWords(adviceWords(adviceOf(RebuildVerdict::Partial, {u"a.cu"_s, u"b.cu"_s})));
        QCOMPARE(card.chosen(), RebuildVerdict::Full);
        card.setWords(adviceWords(adviceOf(RebuildVerdict::None)));
        QCOMPARE(card.chosen(), RebuildVerdict::Link);
        card.choose(RebuildVerdict::Partial); // no unit: not possible
        QCOMPARE(card.chosen(), RebuildVerdict::Link);
    }

    void cloneSaysWhatIsWrong_data()
    {
        QTest::addColumn<QString>("address");
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("problem");
        QTest::newRow("nothing yet") << QString() << QString() << u"An address is needed."_s;
        QTest::newRow("an option") << u"--upload-pack=x"_s << QString() << u"no git address"_s;
        QTest::newRow("a name that leads out") << u"https://host/a"_s << u"../a"_s << u"can't be the name"_s;
        QTest::newRow("a name that is taken") << u"https://host/taken"_s << QString() << u"is there already"_s;
        QTest::newRow("good") << u"git@github.com:you/xformers.git"_s << QString() << QString();
    }
    void cloneSaysWhatIsWrong()
    {
        QFETCH(QString, address);
        QFETCH(QString, name);
        QFETCH(QString, problem);
        QTemporaryDir folder;
        QVERIFY(QDir(folder.path()).mkdir(u"taken"_s));
        auto *dialog = new CloneDialog(folder.path(), {});
        QTest::keyClicks(dialog->address(), address);
        if (!name.isEmpty()) {
            dialog->name()->clear();
            QTest::keyClicks(dialog->name(), name);
        }
        if (problem.isEmpty()) {
            QCOMPARE(dialog->problem(), QString());
            QCOMPARE(dialog->request().path, folder.filePath(u"xformers"_s));
        } else {
            QVERIFY2(dialog->problem().contains(problem), qPrintable(dialog->problem()));
        }
        delete dialog;
    }

    void cloneSharesARelativesObjects()
    {
        ForkStatus here = rowOf(u"xformers"_s).fork;
        auto *dialog = new CloneDialog(u"/nowhere"_s, {here});
        dialog->address()->setText(u"https://github.com/other/xformers"_s);
        dialog->name()->setText(u"second"_s);
        QCOMPARE(dialog->request().mirror, here.path);
        QCOMPARE(dialog->request().cachedCheckout, here.path);
        dialog->address()->setText(u"https://github.com/other/flash-attention"_s);
        QVERIFY(dialog->request().mirror.isEmpty());
        delete dialog;
    }

    void branchesAreFoundByTyping()
    {
        auto *dialog = new BranchDialog(rowOf(u"xformers"_s).fork);
        QSignalSpy switched(dialog, &BranchDialog::switchAsked);
        QSignalSpy created(dialog, &BranchDialog::createAsked);
        dialog->setBranches(QList<ForkBranch>{
            {u"main"_s, {}, {}, true}, {u"sm90-split-k"_s, {}, {}, false}, {u"release"_s, u"upstream"_s, {}, false}});
        QCOMPARE(dialog->list()->count(), 3);
        QCOMPARE(dialog->list()->currentRow(), 1); // the one that is checked out is no choice
        QVERIFY(!dialog->makeButton()->isEnabled());
        QTest::keyClicks(dialog->field(), u"split"_s);
        QCOMPARE(dialog->list()->count(), 1);
        QVERIFY(dialog->makeButton()->isEnabled());
        dialog->open();
        QTest::keyClick(dialog, Qt::Key_Return);
        QCOMPARE(switched.size(), 1);
        QCOMPARE(switched[0][0].toString(), u"sm90-split-k"_s);
        QCOMPARE(created.size(), 0);
        QCOMPARE(dialog->list()->item(0)->data(Qt::UserRole).toString(), u"sm90-split-k"_s);
        dialog->field()->setText(u"release"_s);
        QCOMPARE(dialog->list()->item(0)->data(Qt::UserRole).toString(), u"upstream/release"_s); // of no other remote
    }

    void aNameThatNoBranchHasIsMade()
    {
        auto *dialog = new BranchDialog(rowOf(u"xformers"_s).fork);
        QSignalSpy created(dialog, &BranchDialog::createAsked);
        dialog->setBranches(QList<ForkBranch>{{u"main"_s, {}, {}, true}});
        QTest::keyClicks(dialog->field(), u"int8-pv"_s);
        dialog->open();
        QTest::keyClick(dialog, Qt::Key_Return);
        QCOMPARE(created.size(), 1);
        QCOMPARE(created[0][0].toString(), u"int8-pv"_s);
    }

    void aJobTellsProgressAndCanBeCancelled()
    {
        ForkJob done(u"Fetching"_s, [](const ProgressFunction &progress) -> Result<QString> {
            if (!progress({12, 40, 3'000'000, u"github.com/you/xformers"_s}))
                return Failure(Error{ErrorKind::Cancelled, {}, {}, {}});
            return u"Fetched."_s;
        });
        QSignalSpy ended(&done, &ForkJob::ended);
        QSignalSpy progressed(&done, &ForkJob::progressed);
        done.start();
        QVERIFY(ended.wait());
        QCOMPARE(progressed.size(), 1);
        QCOMPARE(done.text(), u"Fetching github.com/you/xformers: 12 of 40 objects, 3.0 MB"_s);
        QVERIFY(done.result());
        QCOMPARE(*done.result(), u"Fetched."_s);

        ForkJob endless(u"Cloning"_s, [](const ProgressFunction &progress) -> Result<QString> {
            while (progress({}))
                QThread::yieldCurrentThread();
            return Failure(Error{ErrorKind::Cancelled, u"cancelled"_s, {}, {}});
        });
        QSignalSpy over(&endless, &ForkJob::ended);
        endless.start();
        endless.cancel();
        QVERIFY(endless.isCancelling());
        QVERIFY(over.wait());
        QCOMPARE(endless.result().error().kind, ErrorKind::Cancelled);

        // What was done all the same is told.
        std::atomic<bool> begun = false;
        ForkJob late(u"Switching"_s, [&begun](const ProgressFunction &progress) -> Result<QString> {
            begun = true;
            while (progress({}))
                QThread::yieldCurrentThread();
            return u"Switched; your changes are in a stash."_s;
        });
        QSignalSpy lateEnd(&late, &ForkJob::ended);
        late.start();
        QTRY_VERIFY(begun);
        late.cancel();
        QVERIFY(lateEnd.wait());
        QVERIFY(late.result());
        QCOMPARE(*late.result(), u"Switched; your changes are in a stash."_s);
    }
};

QTEST_MAIN(TestForkModels)
#include "tst_forkmodels.moc"
