// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/causes.h"

#include <QJsonArray>

using namespace Qt::StringLiterals;

namespace kernelyard::ctl {

void printCauses(Console &console, Channel channel, const QList<Cause> &causes)
{
    const auto print = [&](const QString &text) { console.write(channel, (text + u'\n').toUtf8()); };
    for (const Cause &cause : causes) {
        const QString role = cause.contributing ? u"contributed: "_s : QString();
        print(console.styled(Style::Bold, QString(role + cause.summary), channel) + u" ("_s + cause.label + u')');
        print(u"  line %1: %2"_s.arg(cause.line).arg(harmless(cause.excerpt)));
        print(u"  next: "_s + cause.remedy);
    }
}

void printFindings(Console &console, Channel channel, const BuildFindings &findings)
{
    const auto print = [&](const QString &text) { console.write(channel, (text + u'\n').toUtf8()); };
    if (findings.causes.isEmpty()) {
        print(u"Cause not recognised."_s);
        if (findings.firstError > 0)
            print(u"  the first line that tells of a failure: %1"_s.arg(findings.firstError));
        return;
    }
    printCauses(console, channel, findings.causes);
    if (!findings.measured.isEmpty())
        print(u"  measured: "_s + findings.measured);
    if (findings.remedy && findings.remedy->run)
        print(u"  command: "_s + findings.remedy->run->display());
    if (!findings.followOn.isEmpty())
        print(u"  %1 lines that tell of a failure follow from it."_s.arg(findings.followOn.size()));
}

QJsonArray toJson(const QList<Cause> &causes)
{
    QJsonArray list;
    for (const Cause &cause : causes)
        list << cause.toJson();
    return list;
}

} // namespace kernelyard::ctl
