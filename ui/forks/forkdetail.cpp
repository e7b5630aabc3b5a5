// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/forks/forkdetail.h"

#include "core/fork/address.h"
#include "ui/forks/advicecard.h"
#include "ui/forks/forkwords.h"
#include "ui/models/wording.h"
#include "ui/widgets/actionbutton.h"
#include "ui/widgets/badge.h"
#include "ui/widgets/card.h"
#include "ui/widgets/commandbox.h"
#include "ui/widgets/label.h"
#include "ui/widgets/layerboxes.h"
#include "ui/widgets/listkeys.h"

#include <QAction>
#include <QApplication>
#include <QBoxLayout>
#include <QHeaderView>
#include <QPainter>
#include <QStackedWidget>
#include <QTreeView>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace kernelyard {
namespace {

constexpr int submodulesShown = 6;

/// A branch's name on its own ground.
class Chip final : public QWidget
{
public:
    Chip()
    {
        setFont(kernelyard::font(Type::Mono));
        setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    }
    void setText(const QString &text)
    {
        m_text = text;
        setAccessibleName(QCoreApplication::translate("ForkDetail", "Branch %1").arg(text));
        setToolTip(text);
        updateGeometry();
        update();
    }
    QSize sizeHint() const override { return {fontMetrics().horizontalAdvance(m_text) + px(12) + 1, px(20)}; }
    QSize minimumSizeHint() const override { return {std::min(sizeHint().width(), px(72)), px(20)}; }

protected:
    void paintEvent(QPaintEvent *) override
    {
        const Theme &theme = Theme::of(palette());
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(Qt::NoPen);
        painter.setBrush(theme.tint(State::Waiting));
        painter.drawRoundedRect(rect(), px(4), px(4));
        painter.setPen(theme.text);
        const QRect room = rect().adjusted(px(6), 0, -px(6), 0);
        painter.drawText(room, Qt::AlignVCenter | Qt::AlignLeft,
                         fontMetrics().elidedText(m_text, Qt::ElideMiddle, room.width()));
    }

private:
    QString m_text;
};

QTreeView *makeTable(const QString &name, QAbstractItemModel *model)
{
    auto *view = new QTreeView;
    setUpTable(view, name);
    view->setModel(model);
    view->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    view->header()->setStretchLastSection(false);
    new ListKeys(view);
    return view;
}

/// What a checkout is called above its detail: without the host.
QString shortName(const ForkStatus &fork)
{
    if (fork.origin.isEmpty() || isLocalAddress(fork.origin))
        return fork.name;
    return shortAddress(fork.origin).section(u'/', 1);
}

} // namespace

ForkDetail::ForkDetail(const ForkActions &actions, QWidget *parent)
    : QWidget(parent)
    , m_name(new Label({}, Type::Object))
    , m_branch(new Chip)
    , m_facts(new Label({}, Type::Secondary, Tone::Muted))
    , m_strip(new QWidget)
    , m_stripText(new StateLine)
    , m_stripRemedy(new Label({}, Type::Secondary, Tone::Muted))
    , m_stripBar(new ProgressLine)
    , m_stack(new QStackedWidget)
    , m_changesCard(new Card)
    , m_nothing(new Label({}, Type::Body, Tone::Muted))
    , m_submodulesCard(new Card)
    , m_advice(new AdviceCard(actions.rebuild, actions.units, actions.showBuild))
    , m_plain(new Card)
    , m_plainTitle(new Label({}, Type::CardHeader))
    , m_plainWords(new Label)
    , m_plainCommandRow(new QVBoxLayout)
{
    makeChanges();
    makeSubmodules(actions);
    makePlain(actions);
    auto *left = new QVBoxLayout;
    left->setSpacing(px(12));
    left->addWidget(m_changesCard, 1);
    left->addWidget(m_submodulesCard);
    auto *whole = new QWidget;
    m_columns = new QBoxLayout(QBoxLayout::LeftToRight, whole);
    m_columns->setContentsMargins(0, 0, 0, 0);
    m_columns->setSpacing(px(12));
    m_columns->addLayout(left, 1);
    m_columns->addWidget(m_advice);
    auto *plain = new QWidget;
    auto *plainColumn = new QVBoxLayout(plain);
    plainColumn->setContentsMargins(0, 0, 0, 0);
    plainColumn->addWidget(m_plain);
    plainColumn->addStretch(1);
    m_stack->addWidget(whole);
    m_stack->addWidget(plain);

    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(px(10));
    column->addWidget(makeIdentity(actions));
    column->addWidget(makeStrip(actions));
    column->addWidget(m_stack, 1);
}

QWidget *ForkDetail::makeIdentity(const ForkActions &actions)
{
    auto *identity = new QWidget;
    auto *row = new QHBoxLayout(identity);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(px(8));
    m_name->setElideMode(Qt::ElideMiddle);
    row->addWidget(m_name);
    row->addWidget(m_branch);
    row->addWidget(m_facts, 1);
    for (QAction *action : {actions.fetch, actions.switchBranch, actions.fastForward, actions.editor, actions.terminal})
        m_gitButtons.append(new ActionButton(action));
    m_more = new ActionButton(actions.more, ActionButton::Look::IconOnly);
    m_gitButtons.append(m_more);
    for (QWidget *button : m_gitButtons)
        row->addWidget(button);
    return identity;
}

QWidget *ForkDetail::makeStrip(const ForkActions &actions)
{
    auto *words = new QVBoxLayout;
    words->setSpacing(0);
    words->addWidget(m_stripText);
    words->addWidget(m_stripRemedy);
    m_stripRemedy->setWordWrap(true);
    m_stripRemedy->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_cancel = new ActionButton(actions.cancel);
    m_close = new ActionButton(actions.closeOutcome, ActionButton::Look::IconOnly);
    m_strip->setAccessibleName(tr("Last step"));
    auto *row = new QHBoxLayout(m_strip);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(px(8));
    row->addLayout(words, 1);
    row->addWidget(m_stripBar);
    row->addWidget(m_cancel);
    row->addWidget(m_close);
    m_strip->hide();
    return m_strip;
}

void ForkDetail::makeChanges()
{
    m_changesView = makeTable(tr("Changed files"), &m_changes);
    m_changesView->setItemDelegate(new ChangesDelegate(m_changesView));
    QHeaderView *header = m_changesView->header();
    header->resizeSection(ChangesModel::LetterColumn, px(40));
    header->resizeSection(ChangesModel::KindColumn, px(104));
    header->resizeSection(ChangesModel::MeaningColumn, px(150));
    header->setSectionResizeMode(ChangesModel::FileColumn, QHeaderView::Stretch);
    m_changesView->setMinimumHeight(px(26) + 2 * px(42));
    m_nothing->setContentsMargins(px(12), px(8), px(12), px(8));
    m_nothing->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    m_nothing->setWordWrap(true);
    m_changesCard->setFlush();
    m_changesCard->setHeader(tr("Changed files"));
    m_changesCard->body()->addWidget(m_changesView, 1);
    m_changesCard->body()->addWidget(m_nothing, 1);
    m_changesCard->body()->setContentsMargins(0, 0, 0, px(5)); // the round corners stay free
}

void ForkDetail::makeSubmodules(const ForkActions &actions)
{
    m_submodulesView = makeTable(tr("Submodules"), &m_submodules);
    m_submodulesView->setHeaderHidden(true);
    m_submodulesView->setTextElideMode(Qt::ElideMiddle);
    m_submodulesView->header()->resizeSection(SubmoduleModel::PinColumn, px(84));
    m_submodulesView->header()->resizeSection(SubmoduleModel::StateColumn, px(150));
    m_submodulesView->header()->setSectionResizeMode(SubmoduleModel::PathColumn, QHeaderView::Stretch);
    m_submodulesCard->setFlush();
    m_submodulesCard->setHeader(tr("Submodules"));
    m_submodulesCard->headerActions()->addWidget(new ActionButton(actions.sync));
    m_submodulesCard->body()->addWidget(m_submodulesView);
    m_submodulesCard->body()->setContentsMargins(0, 0, 0, px(5));
}

void ForkDetail::makePlain(const ForkActions &actions)
{
    m_plainWords->setWordWrap(true);
    m_plainWords->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_plain->body()->addWidget(m_plainTitle);
    m_plain->body()->addWidget(m_plainWords);
    m_plain->body()->addLayout(m_plainCommandRow);
    auto *row = new QHBoxLayout;
    row->setSpacing(px(8));
    row->addWidget(new ActionButton(actions.resume, ActionButton::Look::Filled));
    row->addWidget(new ActionButton(actions.markSafe, ActionButton::Look::Filled));
    row->addWidget(new ActionButton(actions.discard));
    row->addStretch(1);
    m_plain->body()->addLayout(row);
}

QList<QWidget *> ForkDetail::regions() const
{
    if (m_stack->currentIndex() == 1)
        return {m_plain};
    QList<QWidget *> regions;
    if (m_changesView->isVisible())
        regions << m_changesView;
    if (m_submodulesCard->isVisible())
        regions << m_submodulesView;
    return regions << m_advice;
}

void ForkDetail::show(const ForkView &view)
{
    showIdentity(view);
    showStrip(view);
    const bool isPlain = view.row.kind == ForkRow::Kind::Unfinished || view.row.fork.trouble;
    m_stack->setCurrentIndex(isPlain ? 1 : 0);
    if (isPlain) {
        showPlain(view);
        return;
    }
    showChanges(view);
    showSubmodules(view.row.fork);
    showAdvice(view);
}

void ForkDetail::showIdentity(const ForkView &view)
{
    const ForkStatus &fork = view.row.fork;
    const bool isRead = view.row.kind == ForkRow::Kind::Checkout && !fork.trouble;
    m_name->setText(shortName(fork));
    m_name->setToolTip(fork.path);
    m_branch->setVisible(isRead && !fork.branch.isEmpty());
    static_cast<Chip *>(m_branch)->setText(fork.branch);
    QStringList facts;
    if (isRead && !fork.commit.isEmpty())
        facts << tr("at %1").arg(shortCommit(fork.commit));
    if (isRead)
        facts << (fork.fetched.isValid() ? tr("fetched %1").arg(momentText(fork.fetched, QDateTime::currentDateTime()))
                                         : tr("never fetched"));
    m_facts->setText(facts.join(u", "_s));
    for (QWidget *button : m_gitButtons)
        button->setVisible(isRead);
}

void ForkDetail::showStrip(const ForkView &view)
{
    m_strip->setVisible(view.job || view.outcome);
    m_cancel->setVisible(view.job && !view.job->isCancelling());
    m_close->setVisible(!view.job && view.outcome);
    m_stripBar->setVisible(view.job && view.job->progress().totalObjects > 0);
    m_stripRemedy->hide();
    if (view.job) {
        m_stripText->setFact(State::Running, view.job->text());
        const CloneProgress &progress = view.job->progress();
        m_stripBar->setProgress(int(progress.receivedObjects), int(progress.totalObjects));
    } else if (view.outcome && view.outcome->error) {
        const Error &error = *view.outcome->error;
        const bool isCancelled = error.kind == ErrorKind::Cancelled;
        m_stripText->setFact(isCancelled ? State::Stopped : State::Failed, error.message);
        m_stripRemedy->setText(error.remedy);
        m_stripRemedy->setVisible(!error.remedy.isEmpty());
    } else if (view.outcome) {
        m_stripText->setFact(State::Success, view.outcome->done);
    }
}

void ForkDetail::showPlain(const ForkView &view)
{
    const ForkStatus &fork = view.row.fork;
    QString command;
    if (fork.trouble) {
        m_plain->setBar(State::Failed);
        m_plainTitle->setText(tr("This checkout can't be read"));
        m_plainWords->setText(fork.trouble->message);
        command = fork.trouble->remedy;
    } else if (view.job) {
        m_plain->setBar(State::Running);
        m_plainTitle->setText(tr("The clone is under way"));
        m_plainWords->setText(tr("From %1 to %2. It can be cancelled and gone on with later: what was received stays.")
                                  .arg(shortAddress(fork.origin), fork.path));
    } else {
        m_plain->setBar(State::Interrupted);
        m_plainTitle->setText(tr("The clone ended early"));
        m_plainWords->setText(tr("From %1 to %2. What was received is kept and not asked for again.")
                                  .arg(shortAddress(fork.origin), fork.path));
    }
    if (m_plainCommand && m_plainCommand->text() == command)
        return;
    delete m_plainCommand;
    m_plainCommand = nullptr;
    if (!command.isEmpty()) {
        m_plainCommand = new CommandBox(command, 1);
        m_plainCommandRow->addWidget(m_plainCommand);
    }
}

void ForkDetail::showChanges(const ForkView &view)
{
    const ForkAdvice *advice = view.advice && *view.advice ? &**view.advice : nullptr;
    const bool isMeasured = advice && !advice->held.isEmpty();
    QList<FileMeaning> files;
    if (advice) {
        files = advice->advice.files;
    } else {
        for (const ChangedFile &change : view.row.fork.changes) {
            FileMeaning file;
            file.file = change;
            files.append(file);
        }
    }
    m_changes.setFiles(files);
    m_changesView->setColumnHidden(ChangesModel::KindColumn, !advice);
    m_changesView->setColumnHidden(ChangesModel::MeaningColumn, !advice);
    const QString count = files.size() == 1 ? tr("1 file") : tr("%1 files").arg(countText(files.size()));
    if (isMeasured && !advice->layer.isEmpty())
        m_changesCard->setHeader(tr("Changed since the %1 layer").arg(advice->layer),
                                 tr("%1, it holds %2").arg(count, shortCommit(advice->held)));
    else
        m_changesCard->setHeader(tr("Changed since the last commit"), count);
    m_nothing->setText(isMeasured ? tr("Every file is as it was compiled.") : tr("No file is changed."));
    m_nothing->setVisible(files.isEmpty());
    m_changesView->setVisible(!files.isEmpty());
}

void ForkDetail::showSubmodules(const ForkStatus &fork)
{
    m_submodules.setSubmodules(fork.submodules);
    m_submodulesCard->setVisible(!fork.submodules.isEmpty());
    const auto missing = fork.submodulesIn(SubmoduleState::Missing);
    const StateWord word = submodulesOf(fork);
    m_submodulesCard->setHeader(tr("Submodules"),
                                missing > 0 ? tr("%1, get them with Sync and validate").arg(word.text) : word.text);
    const auto rows = std::min<qsizetype>(fork.submodules.size(), submodulesShown);
    m_submodulesView->setFixedHeight(int(rows) * px(28));
    m_submodulesView->setVerticalScrollBarPolicy(fork.submodules.size() > rows ? Qt::ScrollBarAsNeeded
                                                                               : Qt::ScrollBarAlwaysOff);
}

void ForkDetail::showAdvice(const ForkView &view)
{
    if (view.advice && !*view.advice) {
        const Error &error = view.advice->error();
        m_advice->setNothing(State::Unknown, tr("Unknown"), tr("No advice"),
                             error.remedy.isEmpty() ? error.message : QString(error.message % u'\n' % error.remedy));
    } else if (view.environment.isEmpty()) {
        m_advice->setNothing(State::Unknown, tr("No environment"), tr("Nothing builds this"),
                             tr("No environment names %1 as its fork, so nothing says what was compiled of it. "
                                "The list shows what its changes would mean.")
                                 .arg(view.row.fork.name));
    } else if (!view.advice) {
        m_advice->setNothing(State::Unknown, tr("Checking"), u"…"_s,
                             tr("The engine is asked which commit the layers of %1 hold.").arg(view.environment));
    } else {
        m_advice->setWords(adviceWords(**view.advice));
    }
}

void ForkDetail::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    fit();
}

void ForkDetail::fit()
{
    const bool isNarrow = width() < px(820);
    m_columns->setDirection(isNarrow ? QBoxLayout::TopToBottom : QBoxLayout::LeftToRight);
    m_advice->setFixedWidth(isNarrow ? width() : width() > px(1400) ? px(480) : px(400));
}

} // namespace kernelyard
