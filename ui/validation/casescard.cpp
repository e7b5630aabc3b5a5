// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/validation/casescard.h"

#include "ui/validation/validationfigures.h"
#include "ui/widgets/actionbutton.h"
#include "ui/widgets/label.h"
#include "ui/widgets/measure.h"
#include "ui/widgets/segmentedswitch.h"
#include "ui/widgets/statedelegate.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QTreeView>
#include <QVBoxLayout>

#include <algorithm>
#include <array>

namespace kernelyard {

CasesCard::CasesCard(QWidget *parent)
    : Card(parent)
    , m_which(new SegmentedSwitch(tr("Which cases")))
    , m_type(new QComboBox)
    , m_backend(new QComboBox)
    , m_table(new QTreeView)
    , m_foot(new Label({}, Type::Secondary, Tone::Muted))
    , m_footRow(new QHBoxLayout)
{
    for (int i = 0; i < 3; ++i)
        m_which->addSegment({});
    m_type->setAccessibleName(tr("Type"));
    m_type->addItem(tr("Any type"), QString());
    m_backend->setAccessibleName(tr("Back-end"));
    m_backend->addItem(tr("Any back-end"), QString());
    makeTable();

    auto *bar = new QHBoxLayout;
    bar->setContentsMargins(px(8), px(4), px(8), px(4));
    bar->setSpacing(px(8));
    bar->addWidget(m_which);
    bar->addStretch(1);
    bar->addWidget(m_backend);
    bar->addWidget(m_type);
    m_footRow->setContentsMargins(px(12), px(2), px(4), px(2));
    m_footRow->addWidget(m_foot, 1);
    setFlush();
    body()->addLayout(bar);
    body()->addWidget(m_table, 1);
    body()->addLayout(m_footRow);

    connect(m_which, &SegmentedSwitch::currentChanged, this, [this](int index) {
        m_filter.setFilter(static_cast<CaseFilter>(index));
        updateFilters();
    });
    connect(m_type, &QComboBox::currentIndexChanged, this, [this] {
        m_filter.setType(m_type->currentData().toString());
        updateFilters();
    });
    connect(m_backend, &QComboBox::currentIndexChanged, this, [this] {
        m_filter.setBackend(backend());
        updateFilters();
        Q_EMIT backendChanged();
    });
}

void CasesCard::makeTable()
{
    m_filter.setSourceModel(&m_model);
    setUpTable(m_table, tr("Cases"), Sorting::ByHeader);
    m_table->setModel(&m_filter);
    m_table->sortByColumn(ValidationModel::TypeColumn, Qt::AscendingOrder);
    m_table->setMinimumHeight(px(26) + 5 * px(28));
    const std::array widths{92, 150, 76, 92, 66, 72, 88, 72, 76, 200};
    for (int i = 0; i < ValidationModel::ColumnCount; ++i)
        m_table->header()->resizeSection(i, px(widths[static_cast<std::size_t>(i)]));
    m_table->header()->setStretchLastSection(false);
    giveRoom();
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this] {
        updateFoot();
        Q_EMIT selectionChanged();
    });
}

/// To the reasons where a case failed, else to the shapes.
void CasesCard::giveRoom()
{
    const bool hasReasons = !m_table->isColumnHidden(ValidationModel::ReasonColumn);
    const auto mode = [](bool gets) { return gets ? QHeaderView::Stretch : QHeaderView::Interactive; };
    QHeaderView *header = m_table->header();
    header->setSectionResizeMode(ValidationModel::ReasonColumn, mode(hasReasons));
    header->setSectionResizeMode(ValidationModel::ShapeColumn, mode(!hasReasons));
    if (hasReasons)
        header->resizeSection(ValidationModel::ShapeColumn, px(180));
}

void CasesCard::addFootAction(QAction *action)
{
    m_footRow->addWidget(new ActionButton(action, ActionButton::Look::Link));
}

void CasesCard::tell(const QString &words)
{
    m_foot->setText(words);
    m_foot->setToolTip({});
}

void CasesCard::clear()
{
    m_model.setCases({});
    for (QComboBox *box : {m_type, m_backend}) {
        box->setCurrentIndex(0);
        while (box->count() > 1)
            box->removeItem(box->count() - 1);
    }
}

void CasesCard::setRun(const ValidationRun &run)
{
    m_model.setCases(run.cases);
    for (const ValidationCase &one : run.cases)
        if (m_type->findData(one.dtype) < 0)
            m_type->addItem(one.dtype, one.dtype);
    const QStringList backends = backendsOf(run);
    for (const QString &name : backends)
        if (m_backend->findData(name) < 0)
            m_backend->addItem(backendText(name), name);
    m_backend->setVisible(backends.size() > 1);
    m_table->setColumnHidden(ValidationModel::BackendColumn, backends.size() < 2);
    updateFilters();
}

void CasesCard::updateFilters()
{
    const QList<ValidationCase> &all = cases();
    const auto failed =
        std::count_if(all.cbegin(), all.cend(), [](const ValidationCase &one) { return !one.passed(); });
    const auto near = std::count_if(all.cbegin(), all.cend(), isNearLimit);
    m_which->setText(0, tr("All %1").arg(all.size()));
    m_which->setText(1, tr("Failed %1").arg(failed));
    m_which->setText(2, tr("Near limit %1").arg(near));
    if (m_table->isColumnHidden(ValidationModel::ReasonColumn) != (failed == 0)) {
        m_table->setColumnHidden(ValidationModel::ReasonColumn, failed == 0);
        giveRoom();
    }
    updateFoot();
}

/// Of the selected case where its error is, or the first line of what it raised; else how many are shown.
void CasesCard::updateFoot()
{
    const ValidationCase *one = selected();
    const QString words = !one ? QString() : one->message.isEmpty() ? tileText(*one) : one->message;
    m_foot->setText(
        words.isEmpty()
            ? tr("%1 of %2 shown, reference float64, same inputs").arg(m_filter.rowCount()).arg(cases().size())
            : words.section(u'\n', 0, 0, QString::SectionSkipEmpty));
    m_foot->setToolTip(words);
}

void CasesCard::setTight(bool tight)
{
    m_table->setColumnHidden(ValidationModel::TimeColumn, tight);
    m_table->setColumnHidden(ValidationModel::MaxAbsColumn, tight && m_backend->count() > 2);
}

QString CasesCard::backend() const
{
    return m_backend->currentData().toString();
}

void CasesCard::select(const QString &id, const QString &backend)
{
    for (int row = 0; row < m_filter.rowCount(); ++row) {
        const QModelIndex index = m_filter.index(row, 0);
        const ValidationCase &one = cases()[m_filter.mapToSource(index).row()];
        if (one.id == id && one.backend == backend) {
            m_table->setCurrentIndex(index);
            m_table->scrollTo(index);
        }
    }
}

const ValidationCase *CasesCard::selected() const
{
    const QModelIndex index = m_filter.mapToSource(m_table->currentIndex());
    return index.isValid() && index.row() < cases().size() ? &cases()[index.row()] : nullptr;
}

QList<QWidget *> CasesCard::regions() const
{
    return {m_which, m_table};
}

} // namespace kernelyard
