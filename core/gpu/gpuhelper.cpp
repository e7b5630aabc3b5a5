// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/gpu/gpuhelper.h"

#include "core/gpu/gpujson.h"
#include "core/gpu/gpureader.h"
#include "core/gpu/gpurecordfile.h"

#include <QJsonDocument>

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <thread>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace kernelyard {
namespace {

using std::chrono::milliseconds;

struct Options
{
    GpuReaderOptions reader;
    milliseconds interval = 1s;
    milliseconds limit = 5s;
    QString append;
    bool once = false;
    bool wrong = false;
};

Options optionsOf(const QStringList &arguments)
{
    Options options;
    options.reader.library = qEnvironmentVariable("KERNELYARD_NVML_LIBRARY");
    for (qsizetype i = 0; i < arguments.size(); ++i) {
        const QString &word = arguments[i];
        if (word == "--once"_L1) {
            options.once = true;
            continue;
        }
        if (word == "--no-smi"_L1) {
            options.reader.smi = false;
            continue;
        }
        if (i + 1 == arguments.size()) {
            options.wrong = true;
            break;
        }
        const QString &value = arguments[++i];
        if (word == "--interval"_L1)
            options.interval = milliseconds(std::max(10, value.toInt()));
        else if (word == "--limit"_L1)
            options.limit = milliseconds(std::max(100, value.toInt()));
        else if (word == "--library"_L1)
            options.reader.library = value;
        else if (word == "--root"_L1)
            options.reader.root = value;
        else if (word == "--append"_L1)
            options.append = value;
        else if (word == "--skip"_L1)
            for (const QString &index : value.split(u',', Qt::SkipEmptyParts))
                options.reader.skipped.insert(index.toInt());
        else
            options.wrong = true;
    }
    return options;
}

/// Whole lines from two threads. A reader that is gone ends the process.
class Lines
{
public:
    explicit Lines(int descriptor)
        : m_descriptor(descriptor)
    {}

    void write(const QJsonObject &object)
    {
        const QByteArray line = QJsonDocument(object).toJson(QJsonDocument::Compact) + '\n';
        const std::lock_guard lock(m_mutex);
        for (qsizetype done = 0; done < line.size();) {
            const ssize_t count = ::write(m_descriptor, line.constData() + done, size_t(line.size() - done));
            if (count < 0 && errno == EINTR)
                continue;
            if (count < 0)
                ::_exit(1);
            done += count;
        }
    }

private:
    int m_descriptor;
    std::mutex m_mutex;
};

constexpr auto slow = 1s; ///< what lasts longer is told
constexpr auto look = 200ms;

/// Tells of a call that lasts, each second again, and ends the process when it lasts too long.
class Watcher
{
public:
    Watcher(const CallWatch &watch, Lines &lines, milliseconds limit)
        : m_watch(watch)
        , m_lines(lines)
        , m_limit(limit)
        , m_thread([this](const std::stop_token &stop) { run(stop); })
    {}

private:
    void run(const std::stop_token &stop)
    {
        std::unique_lock lock(m_mutex);
        auto told = slow;
        while (!stop.stop_requested()) {
            m_wake.wait_for(lock, stop, look, [] { return false; });
            const auto lasted = std::chrono::duration_cast<milliseconds>(m_watch.lasted());
            if (lasted < slow) {
                told = slow;
                continue;
            }
            if (lasted >= told) {
                m_lines.write({{u"stuck"_s, QJsonObject{{u"call"_s, QLatin1StringView(m_watch.name())},
                                                        {u"gpu"_s, m_watch.gpu()},
                                                        {u"lastedMs"_s, qint64(lasted.count())}}}});
                told += 1s;
            }
            // Starting the driver wakes every GPU: without the persistence daemon that takes seconds each.
            if (lasted >= (m_watch.gpu() < 0 ? 4 * m_limit : m_limit))
                ::_exit(gpuHelperGaveUp);
        }
    }

    const CallWatch &m_watch;
    Lines &m_lines;
    milliseconds m_limit;
    std::mutex m_mutex;
    std::condition_variable_any m_wake;
    std::jthread m_thread;
};

/// Where NVML does not work there is nothing that changes from second to second, and nvidia-smi costs half a second.
milliseconds nextAfter(const GpuReading &reading, milliseconds interval)
{
    return reading.source == GpuSource::Nvml ? interval : std::max<milliseconds>(interval, 5s);
}

} // namespace

int runGpuHelper(const QStringList &arguments)
{
    const Options options = optionsOf(arguments);
    if (options.wrong)
        return 2;
    ::signal(SIGPIPE, SIG_IGN);
    CallWatch watch;
    Lines lines(STDOUT_FILENO);
    GpuRecordFile record(options.append);
    const Watcher watcher(watch, lines, options.limit);
    GpuReader reader(watch, options.reader);
    auto due = std::chrono::steady_clock::now();
    for (;;) {
        const GpuReading reading = reader.read();
        milliseconds next = nextAfter(reading, options.interval);
        if (options.append.isEmpty()) {
            lines.write({{u"reading"_s, toJson(reading)}, {u"nextMs"_s, qint64(next.count())}});
        } else {
            if (reading.gpus.isEmpty() || reading.source == GpuSource::Kernel)
                return 0; // nothing that would change
            if (!record.add(reading))
                return 1;
            next *= record.stride();
        }
        if (options.once)
            return 0;
        due = std::max(due + next, std::chrono::steady_clock::now());
        std::this_thread::sleep_until(due);
    }
}

std::variant<GpuHelperNoise, GpuHelperReading, GpuHelperStuck> parseGpuHelperLine(const QByteArray &line)
{
    const QJsonObject object = QJsonDocument::fromJson(line).object();
    if (object.contains("reading"_L1))
        return GpuHelperReading{gpuReadingFromJson(object.value("reading"_L1).toObject()),
                                milliseconds(object.value("nextMs"_L1).toInteger(1000))};
    if (!object.contains("stuck"_L1))
        return GpuHelperNoise{};
    const QJsonObject stuck = object.value("stuck"_L1).toObject();
    return GpuHelperStuck{stuck.value("call"_L1).toString(), stuck.value("gpu"_L1).toInt(-1),
                          milliseconds(stuck.value("lastedMs"_L1).toInteger())};
}

} // namespace kernelyard
