// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/summarycache.h"

#include "core/base/log.h"

#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSaveFile>

using namespace Qt::StringLiterals;

namespace kernelyard {

/// To be raised when a build read anew would give another summary: a better parser, another sentence.
static constexpr int summaryVersion = 3;

std::optional<BuildSummary> readSummary(const BuildFolder &folder, BuildId id, qint64 journalBytes)
{
    QFile file(folder.summary());
    if (!file.open(QIODevice::ReadOnly))
        return {};
    const QJsonObject object = QJsonDocument::fromJson(file.readAll()).object();
    const int status = object.value(u"status"_s).toInt(-1);
    if (object.value(u"version"_s).toInt() != summaryVersion ||
        object.value(u"journalBytes"_s).toInteger(-1) != journalBytes || status < int(BuildStatus::Done) ||
        status > int(BuildStatus::Interrupted))
        return {};
    return BuildSummary{id,
                        object.value(u"environment"_s).toString(),
                        object.value(u"purpose"_s).toString(),
                        object.value(u"engine"_s).toString(),
                        static_cast<BuildStatus>(status),
                        QDateTime::fromMSecsSinceEpoch(object.value(u"startedMs"_s).toInteger()),
                        BuildTime(object.value(u"elapsedUs"_s).toInteger()),
                        object.value(u"stepsCached"_s).toInt(),
                        object.value(u"stepsRun"_s).toInt(),
                        object.value(u"failure"_s).toString(),
                        object.value(u"peakMemoryBytes"_s).toInteger(),
                        false,
                        object.value(u"retryOf"_s).toInt(),
                        0,
                        0};
}

void writeSummary(const BuildFolder &folder, const BuildSummary &summary, qint64 journalBytes)
{
    const QJsonObject object{{u"version"_s, summaryVersion},
                             {u"journalBytes"_s, journalBytes},
                             {u"environment"_s, summary.environment},
                             {u"purpose"_s, summary.purpose},
                             {u"engine"_s, summary.engine},
                             {u"status"_s, int(summary.status)},
                             {u"startedMs"_s, summary.started.toMSecsSinceEpoch()},
                             {u"elapsedUs"_s, qint64(summary.elapsed.count())},
                             {u"stepsCached"_s, summary.stepsCached},
                             {u"stepsRun"_s, summary.stepsRun},
                             {u"failure"_s, summary.failure},
                             {u"peakMemoryBytes"_s, summary.peakMemoryBytes},
                             {u"retryOf"_s, summary.retryOf}};
    QSaveFile file(folder.summary());
    if (!file.open(QIODevice::WriteOnly) || file.write(QJsonDocument(object).toJson(QJsonDocument::Compact)) < 0 ||
        !file.commit())
        log(LogDomain::Build).info("no summary of {}", summary.id.display().toStdString());
}

} // namespace kernelyard
