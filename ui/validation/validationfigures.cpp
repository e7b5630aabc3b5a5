// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/validation/validationfigures.h"

#include "ui/models/figures.h"
#include "ui/validation/validationmodel.h"

#include <QCoreApplication>
#include <QMap>
#include <QSet>

#include <algorithm>
#include <cmath>
#include <tuple>

using namespace Qt::StringLiterals;

namespace kernelyard {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("ValidationFigures", text);
}

bool isOnTheMap(const ValidationCase &one, const QString &backend)
{
    return one.backend == backend && one.lengthQ == one.lengthK && !one.varlen && !one.backward &&
           (one.mask.isEmpty() || one.mask == u"none") && !one.id.contains(u"-flat");
}

double errorShare(const ValidationCase &one)
{
    return one.relL2Limit > 0 && std::isfinite(one.relL2) ? one.relL2 / one.relL2Limit : 1e9;
}

/// Whether \a one is to be shown instead of \a other.
bool isBefore(const ValidationCase &one, const ValidationCase &other, MapFigure figure)
{
    if (figure == MapFigure::Speed)
        return one.gflops.value_or(0) > other.gflops.value_or(0);
    return one.passed() != other.passed() ? !one.passed() : errorShare(one) > errorShare(other);
}

using Grid = QMap<std::pair<int, int>, const ValidationCase *>; // length, head dimension

/// Those lengths and dimensions that stand in at least two cells; all where none does.
QList<int> metTwice(const QList<const Grid *> &grids, bool rows)
{
    QMap<int, QSet<int>> partners;
    for (const Grid *grid : grids)
        for (const auto &key : grid->keys())
            partners[rows ? key.first : key.second].insert(rows ? key.second : key.first);
    QList<int> found;
    for (auto one = partners.cbegin(); one != partners.cend(); ++one)
        if (one->size() > 1)
            found.append(one.key());
    return found.isEmpty() ? partners.keys() : found;
}

/// The power of ten that a type's errors are written in.
int exponentOf(double limit)
{
    return limit > 0 ? static_cast<int>(std::floor(std::log10(limit) + 1e-9)) : 0;
}

HeatCell cellOf(const ValidationCase &one, MapFigure figure, double fastest)
{
    HeatCell cell;
    cell.id = one.id;
    cell.failed = !one.passed();
    const QString speed = one.gflops ? tr("%1 GFLOP/s").arg(*one.gflops, 0, 'f', 1) : tr("not timed");
    cell.words = tr("%1 %2: rel. L2 %3 of %4, %5%6")
                     .arg(one.dtype, shapeText(one), scientific(one.relL2), scientific(one.relL2Limit), speed,
                          cell.failed ? tr(", failed") : QString());
    if (figure == MapFigure::Error) {
        cell.share = errorShare(one);
        cell.text = QString::number(one.relL2 / std::pow(10., exponentOf(one.relL2Limit)), 'f', 1);
    } else {
        const double value = one.gflops.value_or(0);
        const bool tera = fastest >= 10000;
        cell.share = fastest > 0 ? value / fastest : 0;
        cell.text = QString::number(tera ? value / 1000 : value, 'f', value < 10 && !tera ? 1 : 0);
    }
    return cell;
}

} // namespace

QStringList backendsOf(const ValidationRun &run)
{
    QStringList names;
    for (const ValidationCase &one : run.cases)
        if (!names.contains(one.backend))
            names.append(one.backend);
    return names;
}

ValidationMap validationMap(const ValidationRun &run, const QString &backend, MapFigure figure)
{
    QStringList types;
    QMap<QString, Grid> grids;
    double fastest = 0;
    for (const ValidationCase &one : run.cases) {
        if (!isOnTheMap(one, backend))
            continue;
        if (!types.contains(one.dtype))
            types.append(one.dtype);
        const ValidationCase *&place = grids[one.dtype][{one.lengthQ, one.headDim}];
        if (!place || isBefore(one, *place, figure))
            place = &one;
    }
    QList<const Grid *> all;
    for (const QString &type : std::as_const(types))
        all.append(&*grids.constFind(type));
    const QList<int> lengths = metTwice(all, true);
    const QList<int> dims = metTwice(all, false);
    for (const Grid *grid : std::as_const(all))
        for (const ValidationCase *one : *grid)
            if (lengths.contains(one->lengthQ) && dims.contains(one->headDim))
                fastest = qMax(fastest, one->gflops.value_or(0));

    ValidationMap map;
    for (const int length : lengths)
        map.rows.append(QString::number(length));
    for (const QString &type : std::as_const(types)) {
        HeatGroup group;
        double limit = 0;
        for (const int length : lengths) {
            QList<std::optional<HeatCell>> row;
            for (const int dim : dims) {
                const ValidationCase *one = grids[type].value({length, dim});
                row.append(one ? std::optional(cellOf(*one, figure, fastest)) : std::nullopt);
                limit = one ? one->relL2Limit : limit;
            }
            group.cells.append(row);
        }
        for (const int dim : dims)
            group.columns.append(QString::number(dim));
        const int exponent = exponentOf(limit);
        group.title =
            figure == MapFigure::Speed
                ? type
                : tr("%1, limit %2e%3").arg(type).arg(limit / std::pow(10., exponent), 0, 'g', 2).arg(exponent);
        map.groups.append(group);
    }
    if (lengths.size() < 2 || dims.size() < 2)
        map.groups.clear();
    map.scale = figure == MapFigure::Error ? tr("the limit, then fail")
                                           : tr("%1 %2")
                                                 .arg(fastest >= 10000 ? fastest / 1000 : fastest, 0, 'f', 0)
                                                 .arg(fastest >= 10000 ? u"TFLOP/s"_s : u"GFLOP/s"_s);
    return map;
}

static SpeedGroup groupOf(const SpeedFigure &one)
{
    return {one.dtype, one.headDim, one.causal};
}

QString SpeedGroup::text() const
{
    return tr("%1, D %2, %3").arg(dtype).arg(headDim).arg(causal ? tr("causal") : tr("no mask"));
}

QList<SpeedGroup> speedGroups(const ValidationRun &run)
{
    QList<SpeedGroup> groups;
    for (const SpeedFigure &one : run.speeds)
        if (!groups.contains(groupOf(one)))
            groups.append(groupOf(one));
    std::ranges::stable_sort(groups, {}, [&run](const SpeedGroup &one) {
        return std::tuple(-std::ranges::count(run.speeds, one, groupOf), one.dtype != u"bf16", one.headDim != 128,
                          one.causal);
    });
    return groups;
}

SpeedLines speedLines(const ValidationRun &run, const SpeedGroup &group)
{
    QList<const SpeedFigure *> shown;
    QList<int> lengths;
    QStringList backends;
    double highest = 0;
    for (const SpeedFigure &one : run.speeds) {
        if (groupOf(one) != group)
            continue;
        shown.append(&one);
        if (!lengths.contains(one.length))
            lengths.append(one.length);
        if (!backends.contains(one.backend))
            backends.append(one.backend);
        highest = qMax(highest, one.tflops);
    }
    std::ranges::sort(lengths);
    SpeedLines lines;
    const bool tera = highest >= 1;
    for (const QString &backend : std::as_const(backends)) {
        ChartSeries series{backendText(backend), QList<std::optional<double>>(lengths.size())};
        for (const SpeedFigure *one : std::as_const(shown))
            if (one->backend == backend)
                series.values[lengths.indexOf(one->length)] = tera ? one->tflops : one->tflops * 1000;
        lines.series.append(series);
    }
    for (const int length : std::as_const(lengths))
        lines.lengths.append(QString::number(length));
    lines.unit = tera ? u"TFLOP/s"_s : u"GFLOP/s"_s;
    return lines;
}

static QString sentenceOf(const SpeedComparison &one, int length)
{
    const QString where = tr(" at %1").arg(length);
    const QString first = backendText(one.first), second = backendText(one.second);
    if (one.word == u"same")
        return tr("No difference shown between %1 and %2%3.").arg(first, second, where);
    if (one.word == u"unknown")
        return tr("Too few samples to tell %1 from %2.").arg(second, first);
    return tr("%1 is %2 × %3 (%4 to %5)%6.")
        .arg(second)
        .arg(one.ratio, 0, 'f', 2)
        .arg(first)
        .arg(one.low, 0, 'f', 2)
        .arg(one.high, 0, 'f', 2)
        .arg(where);
}

/// The cases of \a group, with their lengths.
static QMap<QString, int> casesOf(const ValidationRun &run, const SpeedGroup &group)
{
    QMap<QString, int> lengths;
    for (const SpeedFigure &one : run.speeds)
        if (groupOf(one) == group)
            lengths.insert(one.caseId, one.length);
    return lengths;
}

QString differenceText(const ValidationRun &run, const SpeedGroup &group)
{
    const QMap<QString, int> cases = casesOf(run, group);
    for (qsizetype i = run.comparisons.size() - 1; i >= 0; --i)
        if (const auto length = cases.constFind(run.comparisons[i].caseId); length != cases.cend())
            return sentenceOf(run.comparisons[i], *length);
    return {};
}

QString untimedText(const ValidationRun &run, const SpeedGroup &group)
{
    const QMap<QString, int> cases = casesOf(run, group);
    QStringList told, sentences;
    for (const SkippedCase &one : run.untimed) {
        if (!cases.contains(one.id) || told.contains(one.backend))
            continue;
        told.append(one.backend);
        sentences.append(tr("%1 was not timed: %2.").arg(backendText(one.backend), one.reason));
    }
    return sentences.join(u' ');
}

} // namespace kernelyard
