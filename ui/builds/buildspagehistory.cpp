// SPDX-License-Identifier: GPL-3.0-or-later
// BuildsPage's part for many builds: comparing two, pinning some.
#include "core/base/whendone.h"
#include "ui/builds/builddetail.h"
#include "ui/builds/buildspage.h"
#include "ui/builds/compareview.h"
#include "ui/builds/historyview.h"
#include "ui/widgets/segmentedswitch.h"

#include <QAction>
#include <QStackedWidget>
#include <QTreeView>
#include <QtConcurrent>

#include <algorithm>

namespace kernelyard {

void BuildsPage::showComparison(BuildId one, BuildId other)
{
    m_scopes->setCurrent(int(Scope::Compare));
    m_stack->setCurrentWidget(m_compareView);
    m_compareView->compare(one, other);
    showState();
    if (isVisible())
        m_compareView->table()->setFocus(Qt::OtherFocusReason);
}

void BuildsPage::compareSelected()
{
    const QList<BuildId> ids = m_historyView->selected();
    if (ids.size() == 2)
        showComparison(ids[1], ids[0]);
}

void BuildsPage::changePin()
{
    const QList<BuildId> ids = openBuild().isValid() ? QList{openBuild()} : m_historyView->selected();
    if (ids.isEmpty())
        return;
    const Pin pin = m_pin->data().toBool() ? Pin::Release : Pin::Keep;
    whenDone(QtConcurrent::run(m_sources.pin, ids, pin), this, [this](const Result<void> &changed) {
        if (!changed)
            Q_EMIT failed(changed.error());
        m_sources.refresh();
    });
}

/// The actions that depend on what is selected in the history.
void BuildsPage::showHistoryState()
{
    const bool isList = m_stack->currentWidget() == m_historyView;
    const QList<BuildId> selected =
        isList ? m_historyView->selected() : QList<BuildId>(openBuild().isValid() ? 1 : 0, openBuild());
    m_compare->setVisible(isList);
    m_compare->setEnabled(selected.size() == 2);
    m_compare->setToolTip(selected.size() == 2
                              ? tr("Shows the two side by side")
                              : tr("Select two builds first: Ctrl and a click, or Shift and an arrow"));
    const bool arePinned = !selected.isEmpty() && std::ranges::all_of(selected, [this](BuildId id) {
        const BuildSummary *build = find(id);
        return build != nullptr && build->pinned;
    });
    m_pin->setVisible(isList || openBuild().isValid());
    m_pin->setEnabled(!selected.isEmpty());
    m_pin->setData(arePinned);
    m_pin->setText(arePinned ? tr("Unpin") : tr("Pin"));
    m_pin->setToolTip(arePinned ? tr("Lets cleaning up take it again")
                                : tr("Keeps it for good: cleaning up never takes it"));
}

} // namespace kernelyard
