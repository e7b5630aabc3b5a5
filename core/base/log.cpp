// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/log.h"

#include <QCoreApplication>
#include <QDir>

#include <spdlog/sinks/dist_sink.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <array>

namespace kernelyard {

static constexpr std::array domainNames{"engine",     "environment", "build", "runner", "fork",
                                        "validation", "gpu",         "ui",    "app"};

static constexpr auto pattern = "%Y-%m-%d %T.%e %P %n %l: %v";

/// Threads may log before and while logging starts, so that the loggers keep their one sink, and it alone changes.
struct Loggers
{
    Loggers()
    {
        for (std::size_t i = 0; i < all.size(); ++i) {
            all[i] = std::make_shared<spdlog::logger>(domainNames[i], sink);
            all[i]->flush_on(spdlog::level::warn);
        }
    }

    std::shared_ptr<spdlog::sinks::dist_sink_mt> sink = std::make_shared<spdlog::sinks::dist_sink_mt>();
    std::array<std::shared_ptr<spdlog::logger>, domainNames.size()> all;
};

static Loggers &loggers()
{
    static Loggers made;
    return made;
}

spdlog::logger &log(LogDomain domain)
{
    return *loggers().all[static_cast<std::size_t>(domain)];
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
    for (const auto &sink : sinks)
        sink->set_pattern(pattern);
    loggers().sink->set_sinks(std::move(sinks));
    return {};
}

} // namespace kernelyard
