// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/log.h"

#include <QCoreApplication>
#include <QDir>

#include <spdlog/sinks/null_sink.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <array>

namespace kernelyard {

static constexpr std::array domainNames{"engine",     "environment", "build", "runner", "fork",
                                        "validation", "gpu",         "ui",    "app"};

using Loggers = std::array<std::shared_ptr<spdlog::logger>, domainNames.size()>;

static Loggers &loggers()
{
    static Loggers all = [] {
        Loggers made;
        const auto sink = std::make_shared<spdlog::sinks::null_sink_mt>();
        for (std::size_t i = 0; i < made.size(); ++i)
            made[i] = std::make_shared<spdlog::logger>(domainNames[i], sink);
        return made;
    }();
    return all;
}

spdlog::logger &log(LogDomain domain)
{
    return *loggers()[static_cast<std::size_t>(domain)];
}

Result<void> startLogging(const QString &folder, const QString &fileName, bool alsoStderr)
{
    if (!QDir().mkpath(folder))
        return Failure(Error{ErrorKind::Permission,
                             QCoreApplication::translate("Log", "The log folder %1 can't be created.").arg(folder),
                             {},
                             {}});
    std::vector<spdlog::sink_ptr> sinks;
    try {
        const QString path = folder + u'/' + fileName;
        sinks.push_back(std::make_shared<spdlog::sinks::rotating_file_sink_mt>(path.toStdString(), 2 << 20, 5));
    } catch (const spdlog::spdlog_ex &exception) {
        return Failure(
            Error{ErrorKind::Failed,
                  QCoreApplication::translate("Log", "The log file %1 in %2 can't be opened.").arg(fileName, folder),
                  QString::fromLocal8Bit(exception.what()),
                  {}});
    }
    if (alsoStderr) {
        sinks.push_back(std::make_shared<spdlog::sinks::stderr_sink_mt>());
        sinks.back()->set_level(spdlog::level::warn);
    }
    for (const auto &logger : loggers()) {
        logger->sinks() = sinks;
        logger->set_pattern("%Y-%m-%d %T.%e %P %n %l: %v");
        logger->flush_on(spdlog::level::warn);
    }
    return {};
}

} // namespace kernelyard
