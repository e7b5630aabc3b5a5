// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/wording.h"

#include <QCoreApplication>
#include <QLocale>
#include <QRegularExpression>

namespace kernelyard {

using namespace Qt::StringLiterals;

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("Wording", text);
}

} // namespace

State stateOf(BuildStatus status)
{
    switch (status) {
    case BuildStatus::Queued:
        return State::Waiting;
    case BuildStatus::Running:
        return State::Running;
    case BuildStatus::Done:
        return State::Success;
    case BuildStatus::Failed:
        return State::Failed;
    case BuildStatus::Cancelled:
        return State::Stopped;
    case BuildStatus::Interrupted:
        return State::Interrupted;
    }
    return State::Unknown;
}

State stateOf(StepStatus status)
{
    switch (status) {
    case StepStatus::Waiting:
        return State::Waiting;
    case StepStatus::Running:
        return State::Running;
    case StepStatus::Cached:
        return State::Cached;
    case StepStatus::Done:
        return State::Success;
    case StepStatus::Failed:
        return State::Failed;
    case StepStatus::NotRun:
        return State::Stopped;
    }
    return State::Unknown;
}

QString wordOf(BuildStatus status)
{
    switch (status) {
    case BuildStatus::Queued:
        return tr("Queued");
    case BuildStatus::Running:
        return tr("Running");
    case BuildStatus::Done:
        return tr("Done");
    case BuildStatus::Failed:
        return tr("Failed");
    case BuildStatus::Cancelled:
        return tr("Cancelled");
    case BuildStatus::Interrupted:
        return tr("Interrupted");
    }
    return {};
}

QString wordOf(StepStatus status)
{
    switch (status) {
    case StepStatus::Waiting:
        return tr("waits");
    case StepStatus::Running:
        return tr("running");
    case StepStatus::Cached:
        return tr("cached");
    case StepStatus::Done:
        return tr("done");
    case StepStatus::Failed:
        return tr("failed");
    case StepStatus::NotRun:
        return tr("not run");
    }
    return {};
}

QString durationText(BuildTime duration)
{
    const qint64 seconds = std::max<qint64>(0, std::chrono::floor<std::chrono::seconds>(duration).count());
    if (seconds < 3600)
        return u"%1:%2"_s.arg(seconds / 60).arg(seconds % 60, 2, 10, QLatin1Char('0'));
    return u"%1:%2:%3"_s.arg(seconds / 3600)
        .arg(seconds / 60 % 60, 2, 10, QLatin1Char('0'))
        .arg(seconds % 60, 2, 10, QLatin1Char('0'));
}

QString durationSentence(BuildTime duration)
{
    const qint64 seconds = std::max<qint64>(0, std::chrono::floor<std::chrono::seconds>(duration).count());
    if (seconds < 60)
        return tr("%1 s").arg(seconds);
    if (seconds < 3600)
        return seconds % 60 == 0 ? tr("%1 min").arg(seconds / 60)
                                 : tr("%1 min %2 s").arg(seconds / 60).arg(seconds % 60);
    return seconds / 60 % 60 == 0 ? tr("%1 h").arg(seconds / 3600)
                                  : tr("%1 h %2 min").arg(seconds / 3600).arg(seconds / 60 % 60);
}

QString momentText(const QDateTime &moment, const QDateTime &now)
{
    if (!moment.isValid())
        return {};
    const QDateTime local = moment.toLocalTime();
    const QDate today = now.toLocalTime().date();
    const QString clock = local.toString(u"HH:mm");
    if (local.date() == today)
        return tr("%1 today").arg(clock);
    if (local.date() == today.addDays(-1))
        return tr("yesterday %1").arg(clock);
    const QLocale locale;
    return locale.toString(local.date(), local.date().year() == today.year() ? u"d MMM" : u"d MMM yyyy") % u' ' % clock;
}

QString countText(qint64 count)
{
    QLocale locale;
    locale.setNumberOptions(QLocale::DefaultNumberOptions);
    // the C locale groups nothing; people still want groups
    return locale == QLocale::c() ? QLocale(QLocale::English, QLocale::UnitedKingdom).toString(count)
                                  : locale.toString(count);
}

QString workText(const StepWork &work)
{
    switch (work.kind) {
    case StepWork::Kind::Units:
        if (work.total > 0)
            return tr("%1 of %2 units").arg(countText(work.done), countText(work.total));
        return work.done == 1 ? tr("1 file compiled so far") : tr("%1 files compiled so far").arg(countText(work.done));
    case StepWork::Kind::Bytes: {
        const auto mb = [](qint64 bytes) { return QString::number(double(bytes) / 1e6, 'f', 1); };
        return work.total > 0 ? tr("%1 of %2 MB").arg(mb(work.done), mb(work.total)) : tr("%1 MB").arg(mb(work.done));
    }
    case StepWork::Kind::Packages:
        if (work.total > 0)
            return tr("%1 of %2 packages").arg(countText(work.done), countText(work.total));
        return work.done == 1 ? tr("1 package so far") : tr("%1 packages so far").arg(countText(work.done));
    case StepWork::Kind::None:
        break;
    }
    return {};
}

QString stepTitle(const QString &name)
{
    QString title = name.simplified();
    if (title.startsWith(u'[')) {
        const qsizetype end = title.indexOf(u"] ");
        if (end > 0)
            title.remove(0, end + 2);
    }
    return title;
}

QString choicesText(const ChosenValues &choices)
{
    QStringList words;
    for (const auto &[name, value] : choices)
        words << (value.isEmpty() ? QCoreApplication::translate("Wording", "%1 empty").arg(name)
                                  : QString(name + u" = "_s + value));
    return words.join(u", "_s);
}

QString shortStepTitle(const QString &name)
{
    static const QRegularExpression run(u"^RUN (--(mount|network|security)=\\S+ )*(?=\\S)"_s);
    return stepTitle(name).remove(run);
}

} // namespace kernelyard
