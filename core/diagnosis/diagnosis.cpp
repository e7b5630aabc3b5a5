// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/diagnosis/diagnosis.h"

#include "core/diagnosis/plainline.h"

#include <algorithm>
#include <utility>

using namespace Qt::StringLiterals;

namespace kernelyard {
namespace {

constexpr qsizetype excerptLength = 400;
constexpr qsizetype narrowestDisplay = 60; ///< shorter lines were not cut by a display's width
constexpr qsizetype widestDisplay = 320;
constexpr qsizetype mostSightingsOfOneEntry = 200; ///< a flood of one message says nothing new

constexpr qsizetype mostFailureLines = 200;

struct Sighting
{
    int entry;
    qint64 line;   ///< as read here, from 1
    qint64 number; ///< in the log
    QString excerpt;
    QStringList command; ///< of the cause, with what the line says in its place
    bool overcome;       ///< the line itself says that the work goes on
};

/// A line that shows text instead of saying something: a compiler's or BuildKit's excerpt of a source ("12 | int x;"),
/// what a compiler warns of, what CMake probes for, a test that passed, a command that a shell traces ("+ make"), the
/// subject of a commit.
bool isQuoted(const QString &plain)
{
    static const QRegularExpression quoted(QStringLiteral(
        R"(^(?:\d+ \||\++ |\S+(?::\d+(?::\d+)?|\(\d+\)): (?:warning|note|remark)[ :])"
        R"(|# ?(?:warning|pragma|include|define)\b|warnings\.warn\(|ok \d+ |test_\w+ \(\S+\) \.\.\. |[✓✔] |.*\x22\);$)"
        R"(|-- (?:Could NOT find|Looking for|Performing Test|Check(?:ing)? (?:if|for|whether|size)) |\S+::\S+ PASSED\b)"
        R"(|.*(?:\)|:|\.{3})\s+(?:(?i:pass|passed)|ok|OK)$)"
        R"(|HEAD (?:\S+ ){1,4}[0-9a-f]{7,40} \S|(?=\d*[a-f]|\d{7} (?!Killed))[0-9a-f]{7,40} \S|\[\S+(?: \([^)]*\))? [0-9a-f]{7,40}\] ))"));
    return quoted.match(plain).hasMatch();
}

} // namespace

struct Diagnosis::Private
{
    explicit Private(const Rulebook &rules)
        : book(rules)
        , linesOfSign(rules.signs.size())
        , seenOfEntry(rules.entries.size())
        , due(static_cast<std::size_t>(rules.entries.size()))
    {}

    const Rulebook &book;
    QByteArray rest;         ///< an unfinished line
    qint64 line = 1;         ///< of the line that comes next, as read here
    qint64 numbersAhead = 0; ///< what a line's number in the log is greater by than its place here
    QByteArray pending;      ///< addLine's last line where it is of interest: it waits for the one after it
    qint64 pendingAhead = 0;
    QByteArray lastText; ///< the last line that isn't blank, or its beginning
    QList<Sighting> sightings;
    QList<FailureLine> failureLines;
    QList<QList<qint64>> linesOfSign;
    QList<int> seenOfEntry;
    qint64 lastFailed = 0;
    qint64 lastDone = 0;
    bool overcome = false; ///< the line says that the work goes on
    QString shown;         ///< the line as the tool said it, where it was put into English
    std::vector<bool> due; ///< entries to try on one line

    void readLines(QByteArrayView whole, QByteArrayView following);
    void readLine(QByteArrayView raw, QByteArrayView next);
    QByteArray inEnglish(const QByteArray &plain) const;
    void readMessage(QByteArrayView plain, qsizetype seam = -1);
    void readPending(QByteArrayView next);
    void note(int entry, const QString &text, const QRegularExpressionMatch &match);
    void noteFailure(const QString &text);
    QList<Cause> causesByExitCode(int exitCode) const;
    bool isNear(const Companion &companion, qint64 at) const;
    bool holds(const LinePattern &pattern, qint64 at) const;
    QList<Cause> causes(bool surelyFailed) const;
};

Diagnosis::Diagnosis(const Rulebook &book)
    : d(new Private(book))
{}

Diagnosis::~Diagnosis() = default;
Diagnosis::Diagnosis(Diagnosis &&) noexcept = default;
Diagnosis &Diagnosis::operator=(Diagnosis &&) noexcept = default;

/// The last whole line waits for the one after it, which it may run on into.
void Diagnosis::feed(QByteArrayView bytes)
{
    d->rest.append(bytes);
    const QByteArrayView known = d->rest;
    const qsizetype lastEnd = known.lastIndexOf('\n');
    if (lastEnd <= 0)
        return;
    const qsizetype readable = known.lastIndexOf('\n', lastEnd - 1) + 1;
    if (readable == 0)
        return;
    d->readLines(known.first(readable), known.sliced(readable, lastEnd - readable));
    d->rest.remove(0, readable);
}

void Diagnosis::addLine(QByteArrayView text, qint64 number)
{
    d->readPending(text);
    d->numbersAhead = number - d->line;
    if (d->book.scanner.firstHit(text) >= 0)
        d->pending = text.toByteArray();
    d->pendingAhead = d->numbersAhead;
    ++d->line;
    if (!text.trimmed().isEmpty())
        d->lastText = text.first(std::min(text.size(), excerptLength)).toByteArray();
}

/// The line given before the last, now that the one after it is known.
void Diagnosis::Private::readPending(QByteArrayView next)
{
    if (pending.isEmpty())
        return;
    const QByteArray text = std::exchange(pending, {});
    const qint64 ahead = std::exchange(numbersAhead, pendingAhead);
    --line;
    readLine(text, next);
    ++line;
    numbersAhead = ahead;
}

QList<FailureLine> Diagnosis::failureLines() const
{
    if (d->rest.isEmpty() && d->pending.isEmpty())
        return d->failureLines;
    Private whole(*d);
    whole.readPending({});
    whole.readLines(d->rest, {});
    return whole.failureLines;
}

/// Skips from hit to hit: a line without any literal costs its bytes in the scanner and nothing else.
/// \a following is the line after \a whole.
void Diagnosis::Private::readLines(QByteArrayView whole, QByteArrayView following)
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
        const QByteArrayView text = whole.sliced(start, end - start);
        whole = whole.sliced(std::min(end + 1, whole.size()));
        const qsizetype nextEnd = whole.indexOf('\n');
        readLine(text, whole.isEmpty() ? following : nextEnd < 0 ? whole : whole.first(nextEnd));
        ++line;
    }
}

void Diagnosis::Private::readLine(QByteArrayView raw, QByteArrayView next)
{
    const QByteArray said = plainLine(raw);
    const QByteArray plain = inEnglish(said);
    if (isQuoted(QString::fromUtf8(plain)))
        return;
    shown = plain == said ? QString() : QString::fromUtf8(said);
    // A Python or Go value quotes a whole log in one line, its line ends written as \n.
    for (QByteArrayView left = plain; !left.isEmpty();) {
        const qsizetype end = left.indexOf("\\n");
        readMessage(end < 0 ? left : left.first(end));
        left = end < 0 ? QByteArrayView() : left.sliced(end + 2);
    }
    // A terminal or a progress display cut the message at its width, in mid-word or between words.
    if (plain.size() < narrowestDisplay || plain.size() > widestDisplay || next.isEmpty() || next.front() == ' ')
        return;
    const QByteArray more = plainLine(next);
    const auto isWord = [](char byte) { return QChar::isLetterOrNumber(static_cast<unsigned char>(byte)); };
    if (more.isEmpty() || !isWord(plain.back()) || !isWord(more.front()))
        return;
    readMessage(QByteArray(plain + more), plain.size());
    readMessage(QByteArray(plain + " " + more), plain.size());
}

/// The line with the messages of other languages that the rules know put into English.
QByteArray Diagnosis::Private::inEnglish(const QByteArray &plain) const
{
    QList<int> known;
    book.scanner.scan(plain, [&](int literal) {
        for (const int phrase : book.phrasesOfLiteral.at(literal))
            if (!known.contains(phrase))
                known << phrase;
    });
    if (known.isEmpty())
        return plain;
    std::sort(known.begin(), known.end());
    QString text = QString::fromUtf8(plain);
    for (const int phrase : std::as_const(known))
        text.replace(book.phrases.at(phrase).match, book.phrases.at(phrase).english);
    // French sets a space before a colon, Chinese a wide one.
    static const QRegularExpression colon(u"[ \u00a0\u202f]+:(?=[ \u00a0]|$)|\uff1a"_s);
    return text.replace(colon, u": "_s).simplified().toUtf8();
}

/// With a \a seam, only what is found across it is new.
void Diagnosis::Private::readMessage(QByteArrayView plain, qsizetype seam)
{
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
    const qsizetype textSeam = seam < 0 ? -1 : QString::fromUtf8(plain.first(seam)).size();
    const auto place = [this](int entry) { return std::pair(book.entries.at(entry).role, entry); };
    std::sort(candidates.begin(), candidates.end(), [&](int a, int b) { return place(a) < place(b); });
    overcome = false;
    for (const int entry : candidates) {
        due[static_cast<std::size_t>(entry)] = false;
        const LinePattern &pattern = book.entries.at(entry).pattern;
        if (seenOfEntry.at(entry) >= mostSightingsOfOneEntry)
            continue;
        const QRegularExpressionMatch match = pattern.match.match(text);
        if (!match.hasMatch() || (seam >= 0 && (match.capturedStart() >= textSeam || match.capturedEnd() <= textSeam)))
            continue;
        if (pattern.unless.pattern().isEmpty() || !pattern.unless.match(text).hasMatch())
            note(entry, text, match);
    }
}

/// The words of \a command with the match's named groups in their places.
static QStringList filled(QStringList command, const QRegularExpressionMatch &match)
{
    const QStringList names = match.regularExpression().namedCaptureGroups();
    for (qsizetype group = 0; group < names.size(); ++group) {
        if (!names[group].isEmpty() && match.hasCaptured(static_cast<int>(group)))
            command.replaceInStrings(u'{' + names[group] + u'}', match.captured(static_cast<int>(group)));
    }
    return command;
}

void Diagnosis::Private::note(int entry, const QString &text, const QRegularExpressionMatch &match)
{
    const Rulebook::Entry &known = book.entries.at(entry);
    const QString &said = shown.isEmpty() ? text : shown;
    switch (known.role) {
    case Rulebook::Role::Cause:
        ++seenOfEntry[entry];
        sightings.append({entry, line, line + numbersAhead, said.left(excerptLength),
                          filled(book.causes.at(known.index).command, match), overcome});
        break;
    case Rulebook::Role::Sign:
        ++seenOfEntry[entry];
        linesOfSign[known.index] << line;
        break;
    case Rulebook::Role::Failed:
        lastFailed = line;
        noteFailure(said);
        break;
    case Rulebook::Role::Done:
        lastDone = line;
        break;
    case Rulebook::Role::Overcome: // tried before the causes
        overcome = true;
        break;
    }
}

void Diagnosis::Private::noteFailure(const QString &text)
{
    const qint64 number = line + numbersAhead;
    if (failureLines.size() < mostFailureLines && (failureLines.isEmpty() || failureLines.last().line != number))
        failureLines.append({number, text.left(excerptLength)});
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

QList<Cause> Diagnosis::causes(std::optional<int> exitCode, QByteArrayView words) const
{
    if (exitCode == 0)
        return {};
    Private whole(*d); // the last line may have no end yet
    whole.readPending({});
    whole.readLines(d->rest, {});
    if (const QByteArrayView last = QByteArrayView(d->rest).trimmed(); !last.isEmpty())
        whole.lastText = last.sliced(last.lastIndexOf('\n') + 1).toByteArray();
    if (!words.isEmpty()) { // at the last line
        --whole.line;
        whole.readLine(words, {});
        ++whole.line;
    }
    const QList<Cause> causes = whole.causes(exitCode.has_value());
    return causes.isEmpty() && exitCode ? whole.causesByExitCode(*exitCode) : causes;
}

QList<Cause> Diagnosis::Private::causesByExitCode(int exitCode) const
{
    for (const CauseRule &rule : book.causes) {
        if (rule.exitCodes.contains(exitCode))
            return {{rule.label, std::max<qint64>(line - 1, 0) + numbersAhead,
                     QString::fromUtf8(plainLine(lastText)).left(excerptLength), rule.summary, rule.remedy, false,
                     false, rule.action, rule.command}};
    }
    return {};
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
        if (!pattern.onlyIfFailed && !sighting.overcome)
            failedAt = std::max(failedAt, sighting.line);
    }
    if (!surelyFailed && failedAt <= lastDone)
        return {};

    const auto ruleOf = [this](const Sighting &sighting) -> const CauseRule & {
        return book.causes.at(book.entries.at(sighting.entry).index);
    };
    const auto isWeak = [this](const Sighting &sighting) {
        return sighting.overcome || book.entries.at(sighting.entry).pattern.weak;
    };
    // What a good end followed was overcome, unless nothing after it names a cause.
    const auto afterDone = [&](const Sighting &sighting) { return sighting.line > lastDone; };
    if (std::any_of(valid.begin(), valid.end(), [&](const Sighting &sighting) {
            return afterDone(sighting) && !ruleOf(sighting).generic && !ruleOf(sighting).contributing &&
                   !isWeak(sighting);
        }))
        valid.removeIf(
            [&](const Sighting &sighting) { return !afterDone(sighting) && !ruleOf(sighting).contributing; });
    const auto rankOf = [&](const Sighting &sighting) {
        return ruleOf(sighting).contributing ? 3 : isWeak(sighting) ? 2 : ruleOf(sighting).generic ? 1 : 0;
    };
    std::stable_sort(valid.begin(), valid.end(), [&](const Sighting &a, const Sighting &b) {
        return std::pair(rankOf(a), a.line) < std::pair(rankOf(b), b.line);
    });
    QList<Cause> named;
    for (const Sighting &sighting : std::as_const(valid)) {
        const CauseRule &rule = ruleOf(sighting);
        // One root; everything after it follows from it. A contributing cause is named beside the root, or alone where
        // the log does not hold the root.
        if (rule.contributing ? !named.isEmpty() && named.last().contributing : !named.isEmpty())
            continue;
        const LinePattern &pattern = book.entries.at(sighting.entry).pattern;
        named.append({rule.label, sighting.number, sighting.excerpt,
                      pattern.summary.isEmpty() ? rule.summary : pattern.summary,
                      pattern.remedy.isEmpty() ? rule.remedy : pattern.remedy, rule.contributing, rankOf(sighting) == 0,
                      rule.action, sighting.command});
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
