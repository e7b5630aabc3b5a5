// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/diagnosis/diagnosis.h"

#include "core/diagnosis/plainline.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace kernelyard {
namespace {

constexpr qsizetype excerptLength = 400;
constexpr qsizetype mostSightingsOfOneEntry = 200; ///< a flood of one message says nothing new

struct Sighting
{
    int entry;
    qint64 line;
    QString excerpt; ///< of causes only
};

} // namespace

struct Diagnosis::Private
{
    const Rulebook &book;
    QByteArray rest; ///< an unfinished line
    qint64 line = 1; ///< number of the line that comes next
    QList<Sighting> sightings;
    QList<QList<qint64>> linesOfSign;
    QList<int> seenOfEntry;
    qint64 lastFailed = 0;
    qint64 lastDone = 0;
    std::vector<bool> due; ///< entries to try on one line

    void readLines(QByteArrayView whole);
    void readLine(QByteArrayView text);
    void note(int entry, const QString &text);
    bool isNear(const Companion &companion, qint64 at) const;
    bool holds(const LinePattern &pattern, qint64 at) const;
    QList<Cause> causes(bool surelyFailed) const;
};

Diagnosis::Diagnosis(const Rulebook &book)
    : d(new Private{book, {}, 1, {}, {}, {}, 0, 0, {}})
{
    d->linesOfSign.resize(book.signs.size());
    d->seenOfEntry.resize(book.entries.size());
    d->due.resize(static_cast<std::size_t>(book.entries.size()));
}

Diagnosis::~Diagnosis() = default;
Diagnosis::Diagnosis(Diagnosis &&) noexcept = default;
Diagnosis &Diagnosis::operator=(Diagnosis &&) noexcept = default;

void Diagnosis::feed(QByteArrayView bytes)
{
    const qsizetype lastEnd = bytes.lastIndexOf('\n');
    if (lastEnd < 0) {
        d->rest.append(bytes);
        return;
    }
    QByteArrayView whole = bytes.first(lastEnd + 1);
    if (!d->rest.isEmpty()) {
        const qsizetype firstEnd = whole.indexOf('\n');
        d->rest.append(whole.first(firstEnd + 1));
        d->readLines(std::exchange(d->rest, {}));
        whole = whole.sliced(firstEnd + 1);
    }
    d->readLines(whole);
    d->rest = bytes.sliced(lastEnd + 1).toByteArray();
}

/// Skips from hit to hit: a line without any literal costs its bytes in the scanner and nothing else.
void Diagnosis::Private::readLines(QByteArrayView whole)
{
    while (!whole.isEmpty()) {
        const qsizetype hit = book.scanner.firstHit(whole);
        const QByteArrayView before = hit < 0 ? whole : whole.first(hit);
        line += std::count(before.begin(), before.end(), '\n');
        if (hit < 0)
            return;
        const qsizetype start = before.lastIndexOf('\n') + 1;
        qsizetype end = whole.indexOf('\n', hit);
        if (end < 0)
            end = whole.size();
        readLine(whole.sliced(start, end - start));
        ++line;
        whole = whole.sliced(std::min(end + 1, whole.size()));
    }
}

void Diagnosis::Private::readLine(QByteArrayView raw)
{
    const QByteArray plain = plainLine(raw);
    QList<int> candidates;
    book.scanner.scan(plain, [&](int literal) {
        for (const int entry : book.entriesOfLiteral.at(literal)) {
            if (!due[static_cast<std::size_t>(entry)]) {
                due[static_cast<std::size_t>(entry)] = true;
                candidates << entry;
            }
        }
    });
    if (candidates.isEmpty())
        return;
    const QString text = QString::fromUtf8(plain);
    std::sort(candidates.begin(), candidates.end());
    for (const int entry : candidates) {
        due[static_cast<std::size_t>(entry)] = false;
        const LinePattern &pattern = book.entries.at(entry).pattern;
        if (seenOfEntry.at(entry) < mostSightingsOfOneEntry && pattern.match.match(text).hasMatch() &&
            (pattern.unless.pattern().isEmpty() || !pattern.unless.match(text).hasMatch()))
            note(entry, text);
    }
}

void Diagnosis::Private::note(int entry, const QString &text)
{
    const Rulebook::Entry &known = book.entries.at(entry);
    switch (known.role) {
    case Rulebook::Role::Cause:
        ++seenOfEntry[entry];
        sightings.append({entry, line, text.left(excerptLength)});
        break;
    case Rulebook::Role::Sign:
        ++seenOfEntry[entry];
        linesOfSign[known.index] << line;
        break;
    case Rulebook::Role::Failed:
        lastFailed = line;
        break;
    case Rulebook::Role::Done:
        lastDone = line;
        break;
    }
}

bool Diagnosis::Private::isNear(const Companion &companion, qint64 at) const
{
    const QList<qint64> &lines = linesOfSign.at(companion.sign);
    if (companion.within < 0)
        return !lines.isEmpty();
    return std::any_of(lines.begin(), lines.end(),
                       [&](qint64 other) { return std::abs(other - at) <= companion.within; });
}

bool Diagnosis::Private::holds(const LinePattern &pattern, qint64 at) const
{
    const auto near = [&](const Companion &companion) { return isNear(companion, at); };
    return std::all_of(pattern.with.begin(), pattern.with.end(), near) &&
           std::none_of(pattern.without.begin(), pattern.without.end(), near);
}

QList<Cause> Diagnosis::causes(std::optional<int> exitCode) const
{
    if (exitCode == 0)
        return {};
    if (d->rest.isEmpty())
        return d->causes(exitCode.has_value());
    Private whole(*d); // the last line may have no end yet
    whole.readLines(d->rest);
    return whole.causes(exitCode.has_value());
}

QList<Cause> Diagnosis::Private::causes(bool surelyFailed) const
{
    QList<Sighting> valid;
    qint64 failedAt = lastFailed;
    for (const Sighting &sighting : sightings) {
        const LinePattern &pattern = book.entries.at(sighting.entry).pattern;
        if (!holds(pattern, sighting.line))
            continue;
        valid << sighting;
        if (!pattern.onlyIfFailed)
            failedAt = std::max(failedAt, sighting.line);
    }
    if (!surelyFailed && failedAt <= lastDone)
        return {};

    const auto ruleOf = [this](const Sighting &sighting) -> const CauseRule & {
        return book.causes.at(book.entries.at(sighting.entry).index);
    };
    // What a good end followed was overcome, unless nothing after it names a cause.
    const auto afterDone = [&](const Sighting &sighting) { return sighting.line > lastDone; };
    if (std::any_of(valid.begin(), valid.end(), [&](const Sighting &sighting) {
            return afterDone(sighting) && !ruleOf(sighting).generic && !ruleOf(sighting).contributing;
        }))
        valid.removeIf(
            [&](const Sighting &sighting) { return !afterDone(sighting) && !ruleOf(sighting).contributing; });
    const auto rankOf = [&](const Sighting &sighting) {
        return ruleOf(sighting).contributing ? 2 : ruleOf(sighting).generic ? 1 : 0;
    };
    std::stable_sort(valid.begin(), valid.end(), [&](const Sighting &a, const Sighting &b) {
        return std::pair(rankOf(a), a.line) < std::pair(rankOf(b), b.line);
    });
    QList<Cause> named;
    for (const Sighting &sighting : std::as_const(valid)) {
        const CauseRule &rule = ruleOf(sighting);
        // One root; everything after it follows from it. A contributing cause is named beside the root, never alone.
        if (rule.contributing ? named.isEmpty() || named.last().contributing : !named.isEmpty())
            continue;
        named.append({rule.label, sighting.line, sighting.excerpt, rule.summary, rule.remedy, rule.contributing});
    }
    return named;
}

QJsonObject Cause::toJson() const
{
    QJsonObject object{{u"label"_s, label},
                       {u"line"_s, line},
                       {u"excerpt"_s, excerpt},
                       {u"summary"_s, summary},
                       {u"remedy"_s, remedy}};
    if (contributing)
        object.insert(u"contributing"_s, true);
    return object;
}

} // namespace kernelyard
