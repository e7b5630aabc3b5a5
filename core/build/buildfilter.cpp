// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/buildfilter.h"

#include <QStringMatcher>

#include <algorithm>
#include <vector>

using namespace Qt::StringLiterals;

namespace kernelyard {

namespace {

/// One filter at work. Builds of the same steps share one list of names, which is looked through once for all of them.
class Matcher
{
public:
    explicit Matcher(const BuildFilter &filter)
        : m_filter(filter)
    {
        const QStringList words = filter.text.split(u' ', Qt::SkipEmptyParts);
        for (const QString &word : words)
            m_words.emplace_back(word, Qt::CaseInsensitive);
        m_knownLists.resize(m_words.size());
        m_begin = filter.since.isValid() ? filter.since.startOfDay() : QDateTime();
        m_end = filter.until.isValid() ? filter.until.addDays(1).startOfDay() : QDateTime();
    }

    bool matches(const BuildSummary &build)
    {
        if (!m_filter.statuses.isEmpty() && !m_filter.statuses.contains(build.status))
            return false;
        if (!m_filter.environment.isEmpty() && build.environment != m_filter.environment)
            return false;
        if (m_begin.isValid() && build.started < m_begin)
            return false;
        if (m_end.isValid() && build.started >= m_end)
            return false;
        for (std::size_t word = 0; word < m_words.size(); ++word)
            if (!hasWord(build, word))
                return false;
        return true;
    }

private:
    bool hasWord(const BuildSummary &build, std::size_t word)
    {
        const auto in = [&](const QString &text) { return m_words[word].indexIn(text) >= 0; };
        if (in(build.id.display()) || in(build.environment) || in(build.purpose) || in(build.engine) ||
            in(build.branch) || in(build.failure) || in(build.cause))
            return true;
        if (build.steps.isEmpty())
            return false;
        const auto known = m_knownLists[word].constFind(build.steps.constData());
        if (known != m_knownLists[word].cend())
            return *known;
        return *m_knownLists[word].insert(build.steps.constData(), std::ranges::any_of(build.steps, in));
    }

    const BuildFilter &m_filter;
    std::vector<QStringMatcher> m_words;
    std::vector<QHash<const QString *, bool>> m_knownLists; ///< by word; the lists live as long as the builds do
    QDateTime m_begin;
    QDateTime m_end;
};

} // namespace

QList<BuildSummary> filtered(const QList<BuildSummary> &builds, const BuildFilter &filter)
{
    if (filter.isEmpty())
        return builds;
    Matcher matcher(filter);
    QList<BuildSummary> wanted;
    for (const BuildSummary &build : builds)
        if (matcher.matches(build))
            wanted << build;
    return wanted;
}

QDate dayFromText(const QString &text, const QDate &today)
{
    if (text == u"today")
        return today;
    if (text == u"yesterday")
        return today.addDays(-1);
    if (text.endsWith(u'd')) {
        bool isNumber = false;
        const int days = text.chopped(1).toInt(&isNumber);
        return isNumber && days >= 0 ? today.addDays(-days) : QDate();
    }
    return QDate::fromString(text, Qt::ISODate);
}

} // namespace kernelyard
