// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/prunemodel.h"

#include <QDialog>

#include <functional>

class QComboBox;
class QPushButton;
class QTreeView;

namespace kernelyard {

class Label;

/// What cleaning up asks of the world; both run on a worker.
struct CleanUpSources
{
    std::function<Result<PrunePlan>(const RetentionLimits &)> plan;
    std::function<Pruned(const PrunePlan &)> prune;

    static CleanUpSources real(const Paths &paths);
};

/// Lists the builds that the limits let go, and removes them when that is asked for. Keeping them is the default.
class CleanUpDialog : public QDialog
{
    Q_OBJECT

public:
    CleanUpDialog(const CleanUpSources &sources, const RetentionLimits &limits, QWidget *parent = nullptr);

    const PruneModel &model() const { return m_model; }
    QPushButton *removeButton() const { return m_remove; }

    void reject() override;

Q_SIGNALS:
    void removed(const kernelyard::Pruned &pruned);
    void failed(const kernelyard::Error &error);

private:
    void read();
    void showPlan(const PrunePlan &plan);
    void remove();

    CleanUpSources m_sources;
    PruneModel m_model;
    QComboBox *m_days;
    QComboBox *m_bytes;
    Label *m_words;
    QTreeView *m_table;
    QPushButton *m_remove;
    QPushButton *m_keep;
    bool m_isRemoving = false;
    int m_asked = 0; ///< readings begun: only the last one counts
};

/// The choices for the two limits, the same in the settings and in the dialog; each item's data is the number.
void addKeepDays(QComboBox *box);
void addKeepBytes(QComboBox *box);
/// Chooses the item of \a value, adding one where there is none: a settings file may say anything.
void chooseLimit(QComboBox *box, qint64 value, const QString &words);

} // namespace kernelyard
