// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/validation/validationmodel.h"

#include "ui/models/figures.h"
#include "ui/widgets/statedelegate.h"

#include <cmath>

using namespace Qt::StringLiterals;

namespace kernelyard {

bool isNearLimit(const ValidationCase &one)
{
    if (!one.passed())
        return false;
    const auto near = [](double value, double limit) { return limit > 0 && value >= 0.8 * limit; };
    return near(one.relL2, one.relL2Limit) || near(one.maxAbs, one.maxAbsLimit) ||
           near(one.tileRelL2, one.tileRelL2Limit) || near(1 - one.cosine, 1 - one.cosineLimit);
}

QString shapeText(const ValidationCase &one)
{
    const QString heads = one.headsKv == one.heads || one.headsKv == 0 ? QString::number(one.heads)
                                                                       : u"%1/%2"_s.arg(one.heads).arg(one.headsKv);
    return u"%1×%2×%3×%4×%5"_s.arg(one.batch).arg(heads).arg(one.lengthQ).arg(one.lengthK).arg(one.headDim);
}

QString backendText(const QString &backend)
{
    QString text = backend;
    return text.replace(u"kernelyard_attention"_s, u"kernelyard"_s);
}

QString maskText(const ValidationCase &one)
{
    QStringList parts;
    if (one.causal)
        parts.append(ValidationModel::tr("causal"));
    if (one.mask == u"bias")
        parts.append(ValidationModel::tr("bias"));
    if (one.mask == u"mask")
        parts.append(ValidationModel::tr("mask"));
    if (one.varlen)
        parts.append(ValidationModel::tr("varlen"));
    if (one.backward)
        parts.append(ValidationModel::tr("backward"));
    return parts.isEmpty() ? ValidationModel::tr("none") : parts.join(u", "_s);
}

QString tileText(const ValidationCase &one)
{
    QStringList parts;
    if (const QString place = tilePlace(one); !place.isEmpty())
        parts.append(ValidationModel::tr("Worst tile %1 of %2 at %3")
                         .arg(scientific(one.tileRelL2), scientific(one.tileRelL2Limit), place));
    if (one.deterministic)
        parts.append(*one.deterministic ? ValidationModel::tr("the same bits twice")
                                        : ValidationModel::tr("other bits the second time"));
    if (const QString how = howComputed(one); !how.isEmpty())
        parts.append(how);
    return parts.join(u"; "_s);
}

QString cosineText(double cosine)
{
    if (!std::isfinite(cosine))
        return u"–"_s;
    if (cosine == 1)
        return u"1"_s;
    return QString::number(std::trunc(cosine * 1e7) / 1e7, 'f', 7);
}

void ValidationModel::setCases(const QList<ValidationCase> &cases)
{
    bool continues = cases.size() >= m_cases.size();
    for (qsizetype i = 0; continues && i < m_cases.size(); ++i)
        continues = m_cases[i].id == cases[i].id && m_cases[i].backend == cases[i].backend &&
                    m_cases[i].status == cases[i].status &&
                    (m_cases[i].relL2 == cases[i].relL2 || std::isnan(m_cases[i].relL2));
    if (!continues) {
        beginResetModel();
        m_cases = cases;
        endResetModel();
        return;
    }
    if (cases.size() == m_cases.size())
        return;
    beginInsertRows({}, static_cast<int>(m_cases.size()), static_cast<int>(cases.size()) - 1);
    m_cases = cases;
    endInsertRows();
}

int ValidationModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_cases.size());
}

int ValidationModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

/// The suite's own keys, in the words of the table.
static QString reasonText(const ValidationCase &one)
{
    if (!one.message.isEmpty())
        return one.message;
    static const QHash<QString, QString> words{{u"relL2"_s, ValidationModel::tr("rel. L2")},
                                               {u"maxAbs"_s, ValidationModel::tr("max abs.")},
                                               {u"cosine"_s, ValidationModel::tr("cosine")},
                                               {u"tileRelL2"_s, ValidationModel::tr("worst tile")},
                                               {u"not-finite"_s, ValidationModel::tr("not finite")},
                                               {u"not-deterministic"_s, ValidationModel::tr("not deterministic")},
                                               {u"out-of-bounds"_s, ValidationModel::tr("wrote out of bounds")}};
    QStringList parts;
    for (const QString &reason : one.reasons)
        parts.append(words.value(reason, reason));
    return parts.join(u", "_s);
}

static QString cellText(const ValidationCase &one, int column)
{
    switch (column) {
    case ValidationModel::TypeColumn:
        return one.dtype;
    case ValidationModel::ShapeColumn:
        return shapeText(one);
    case ValidationModel::MaskColumn:
        return maskText(one);
    case ValidationModel::BackendColumn:
        return backendText(one.backend);
    case ValidationModel::RelL2Column:
        return scientific(one.relL2);
    case ValidationModel::MaxAbsColumn:
        return scientific(one.maxAbs);
    case ValidationModel::CosineColumn:
        return cosineText(one.cosine);
    case ValidationModel::TimeColumn:
        return one.milliseconds ? QString::number(*one.milliseconds, 'f', *one.milliseconds < 10 ? 2 : 1) : u"–"_s;
    case ValidationModel::SpeedColumn:
        return one.gflops && *one.gflops >= 0.05 ? QString::number(*one.gflops, 'f', 1) : u"–"_s; // tiny cases
    case ValidationModel::ReasonColumn:
        return one.passed() ? QString() : reasonText(one);
    default:
        return {};
    }
}

static QVariant sortValue(const ValidationCase &one, int column, int row)
{
    switch (column) {
    case ValidationModel::TypeColumn: // failed first, then those near a limit, then the suite's own order
        return (one.passed() ? isNearLimit(one) ? 1 : 2 : 0) * 1'000'000 + row;
    case ValidationModel::ShapeColumn:
        return static_cast<double>(one.batch) * one.heads * one.lengthQ * one.lengthK * one.headDim;
    case ValidationModel::RelL2Column:
        return std::isnan(one.relL2) ? 1e300 : one.relL2;
    case ValidationModel::MaxAbsColumn:
        return std::isnan(one.maxAbs) ? 1e300 : one.maxAbs;
    case ValidationModel::CosineColumn:
        return std::isnan(one.cosine) ? -2 : one.cosine;
    case ValidationModel::TimeColumn:
        return one.milliseconds.value_or(-1);
    case ValidationModel::SpeedColumn:
        return one.gflops.value_or(-1);
    default:
        return cellText(one, column);
    }
}

static bool isNumber(int column)
{
    return column >= ValidationModel::RelL2Column && column <= ValidationModel::SpeedColumn;
}

QVariant ValidationModel::data(const QModelIndex &index, int role) const
{
    if (!index.isValid() || index.row() >= m_cases.size())
        return {};
    const ValidationCase &one = m_cases[index.row()];
    switch (role) {
    case Qt::DisplayRole:
        return cellText(one, index.column());
    case StateRole:
        if (index.column() == TypeColumn)
            return static_cast<int>(one.passed() ? isNearLimit(one) ? State::Warning : State::Success : State::Failed);
        return {};
    case SortRole:
        return sortValue(one, index.column(), index.row());
    case Qt::TextAlignmentRole:
        return static_cast<int>((isNumber(index.column()) ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    case StrongRole:
        return index.column() == TypeColumn && !one.passed();
    case Qt::AccessibleTextRole:
        return QString(cellText(one, index.column()) + (index.column() != TypeColumn ? QString()
                                                        : one.passed()
                                                            ? isNearLimit(one) ? tr(", near limit") : tr(", pass")
                                                            : tr(", failed")));
    case Qt::ToolTipRole:
        return QString(tr("%1\nrel. L2 %2 of %3, max abs. %4 of %5, cosine %6, at least %7")
                           .arg(one.id, scientific(one.relL2), scientific(one.relL2Limit), scientific(one.maxAbs),
                                scientific(one.maxAbsLimit), cosineText(one.cosine), cosineText(one.cosineLimit)) +
                       u'\n' + tileText(one) + u'\n' + one.message)
            .trimmed();
    default:
        return {};
    }
}

QVariant ValidationModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return static_cast<int>((isNumber(section) ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    if (role != Qt::DisplayRole)
        return {};
    static const std::array names{QT_TR_NOOP("Type"),         QT_TR_NOOP("B×H×Lq×Lk×D"), QT_TR_NOOP("Mask"),
                                  QT_TR_NOOP("Back-end"),     QT_TR_NOOP("Rel. L2"),     QT_TR_NOOP("Max abs."),
                                  QT_TR_NOOP("Cosine"),       QT_TR_NOOP("Time, ms"),    QT_TR_NOOP("GFLOP/s"),
                                  QT_TR_NOOP("Why it failed")};
    static_assert(names.size() == ColumnCount);
    return section >= 0 && section < ColumnCount ? tr(names[static_cast<std::size_t>(section)]) : QString();
}

void ValidationFilter::setFilter(CaseFilter filter)
{
    m_filter = filter;
    invalidateFilter();
}

void ValidationFilter::setType(const QString &dtype)
{
    m_type = dtype;
    invalidateFilter();
}

void ValidationFilter::setBackend(const QString &backend)
{
    m_backend = backend;
    invalidateFilter();
}

bool ValidationFilter::filterAcceptsRow(int row, const QModelIndex &) const
{
    const auto *model = qobject_cast<const ValidationModel *>(sourceModel());
    if (!model || row >= model->cases().size())
        return false;
    const ValidationCase &one = model->cases()[row];
    if (!m_type.isEmpty() && one.dtype != m_type)
        return false;
    if (!m_backend.isEmpty() && one.backend != m_backend)
        return false;
    return m_filter == CaseFilter::All || (m_filter == CaseFilter::Failed ? !one.passed() : isNearLimit(one));
}

bool ValidationFilter::lessThan(const QModelIndex &left, const QModelIndex &right) const
{
    const QVariant a = left.data(SortRole);
    const QVariant b = right.data(SortRole);
    if (a.userType() == QMetaType::QString)
        return a.toString().localeAwareCompare(b.toString()) < 0;
    return a.toDouble() < b.toDouble();
}

} // namespace kernelyard
