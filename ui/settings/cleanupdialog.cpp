// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/settings/cleanupdialog.h"

#include "core/base/whendone.h"
#include "ui/models/machine.h"
#include "ui/models/wording.h"
#include "ui/widgets/card.h"
#include "ui/widgets/label.h"
#include "ui/widgets/listkeys.h"
#include "ui/widgets/measure.h"
#include "ui/widgets/statedelegate.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QHeaderView>
#include <QPushButton>
#include <QTreeView>
#include <QVBoxLayout>
#include <QtConcurrent>

namespace kernelyard {

CleanUpSources CleanUpSources::real(const Paths &paths)
{
    return {[paths](const RetentionLimits &limits) { return readPrunePlan(paths, limits); },
            [paths](const PrunePlan &planned) { return pruneBuilds(paths, planned); }};
}

void addKeepDays(QComboBox *box)
{
    box->setAccessibleName(CleanUpDialog::tr("Age"));
    box->addItem(CleanUpDialog::tr("of any age"), 0);
    for (const int days : {7, 30, 90, 180, 365})
        box->addItem(CleanUpDialog::tr("of the last %1 days").arg(days), days);
}

void addKeepBytes(QComboBox *box)
{
    box->setAccessibleName(CleanUpDialog::tr("Size"));
    box->addItem(CleanUpDialog::tr("of any size"), qlonglong(0));
    for (const qint64 gigabytes : {1, 5, 20, 50, 100, 500})
        box->addItem(CleanUpDialog::tr("up to %1 GB together").arg(gigabytes), gigabytes * 1'000'000'000);
}

void chooseLimit(QComboBox *box, qint64 value, const QString &words)
{
    int index = box->findData(value);
    if (index < 0) {
        box->addItem(words, value);
        index = box->count() - 1;
    }
    box->setCurrentIndex(index);
}

CleanUpDialog::CleanUpDialog(const CleanUpSources &sources, const RetentionLimits &limits, QWidget *parent)
    : QDialog(parent)
    , m_sources(sources)
    , m_days(new QComboBox)
    , m_bytes(new QComboBox)
    , m_words(new Label({}, Type::Body, Tone::Muted))
    , m_table(new QTreeView)
{
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(tr("Clean up builds"));
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(px(16), px(12), px(16), px(12));
    column->setSpacing(px(12));
    column->addWidget(new Label(windowTitle(), Type::Object));
    auto *row = new QHBoxLayout;
    row->setSpacing(px(8));
    row->addWidget(new Label(tr("Keep builds")));
    row->addWidget(m_days);
    row->addWidget(m_bytes);
    row->addStretch(1);
    column->addLayout(row);
    addKeepDays(m_days);
    addKeepBytes(m_bytes);
    chooseLimit(m_days, limits.days, tr("of the last %1 days").arg(limits.days));
    chooseLimit(m_bytes, limits.bytes, tr("up to %1 together").arg(diskText(limits.bytes)));
    m_words->setWordWrap(true);
    column->addWidget(m_words);
    auto *card = new Card;
    card->setFlush();
    setUpTable(m_table, tr("Builds that would be removed"));
    m_table->setModel(&m_model);
    new ListKeys(m_table);
    m_table->header()->setStretchLastSection(false);
    m_table->header()->setSectionResizeMode(PruneModel::WhatColumn, QHeaderView::Stretch);
    m_table->header()->resizeSection(PruneModel::BuildColumn, px(110));
    m_table->header()->resizeSection(PruneModel::StartedColumn, px(140));
    m_table->header()->resizeSection(PruneModel::SizeColumn, px(90));
    m_table->header()->resizeSection(PruneModel::ReasonColumn, px(150));
    card->body()->addWidget(m_table);
    column->addWidget(card, 1);
    auto *buttons = new QDialogButtonBox;
    m_remove = buttons->addButton(tr("Remove"), QDialogButtonBox::DestructiveRole);
    m_remove->setEnabled(false);
    m_remove->setAutoDefault(false);
    m_keep = buttons->addButton(tr("Keep them"), QDialogButtonBox::RejectRole);
    m_keep->setDefault(true);
    connect(m_remove, &QPushButton::clicked, this, &CleanUpDialog::remove);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    column->addWidget(buttons);
    for (const QComboBox *box : {m_days, m_bytes})
        connect(box, &QComboBox::currentIndexChanged, this, &CleanUpDialog::read);
    resize(px(760), px(520));
    read();
}

void CleanUpDialog::read()
{
    const RetentionLimits limits{m_days->currentData().toInt(), m_bytes->currentData().toLongLong()};
    m_remove->setEnabled(false);
    m_words->setText(tr("The builds are being measured…"));
    whenDone(QtConcurrent::run(m_sources.plan, limits), this, [this, asked = ++m_asked](const Result<PrunePlan> &plan) {
        if (asked != m_asked)
            return;
        if (plan) {
            showPlan(*plan);
            return;
        }
        m_words->setText(plan.error().message);
    });
}

void CleanUpDialog::showPlan(const PrunePlan &plan)
{
    m_model.setPlan(plan);
    const int count = int(plan.items.size());
    QString words =
        count == 0 ? tr("Nothing to remove: all builds together take %1.").arg(diskText(plan.totalBytes))
        : count == 1
            ? tr("1 build with its log would be lost: %1 of %2.").arg(diskText(plan.bytes), diskText(plan.totalBytes))
            : tr("%1 builds with their logs would be lost: %2 of %3.")
                  .arg(countText(count), diskText(plan.bytes), diskText(plan.totalBytes));
    if (plan.pinned > 0)
        words +=
            u' ' + (plan.pinned == 1 ? tr("1 pinned build stays.") : tr("%1 pinned builds stay.").arg(plan.pinned));
    words += u' ' + tr("Images and the engine's cache are not touched.");
    m_words->setText(words);
    m_remove->setText(count == 1 ? tr("Remove 1 build") : tr("Remove %1 builds").arg(countText(count)));
    m_remove->setEnabled(count > 0);
}

void CleanUpDialog::remove()
{
    m_isRemoving = true;
    for (QWidget *part : std::initializer_list<QWidget *>{m_remove, m_keep, m_days, m_bytes})
        part->setEnabled(false);
    m_words->setText(tr("The builds are being removed…"));
    whenDone(QtConcurrent::run(m_sources.prune, m_model.plan()), this, [this](const Pruned &pruned) {
        for (const Error &error : pruned.errors)
            Q_EMIT failed(error);
        Q_EMIT removed(pruned);
        accept();
    });
}

/// Also Esc and the window's own button. What removing says would be lost with the dialog.
void CleanUpDialog::reject()
{
    if (!m_isRemoving)
        QDialog::reject();
}

} // namespace kernelyard
