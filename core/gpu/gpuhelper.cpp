// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/gpu/gpuhelper.h"

#include "core/gpu/gpujson.h"
#include "core/gpu/gpureader.h"
#include "core/gpu/gpurecordfile.h"

#include <QFile>
#include <QJsonDocument>

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

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
        else if (word == "--idle"_L1)
            options.reader.idle = milliseconds(std::max(0, value.toInt()));
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

using Clock = std::chrono::steady_clock;

/// Whole lines from two threads. A reader that is gone ends the process.
class Lines
{
public:
    /// -1: nobody reads.
    explicit Lines(int descriptor)
        : m_descriptor(descriptor)
    {}

    void write(const QJsonObject &object)
    {
        if (m_descriptor < 0)
            return;
        const QByteArray line = QJsonDocument(object).toJson(QJsonDocument::Compact) + '\n';
        const std::lock_guard lock(m_mutex);
        m_last = Clock::now();
        for (qsizetype done = 0; done < line.size();) {
            const ssize_t count = ::write(m_descriptor, line.constData() + done, size_t(line.size() - done));
            if (count < 0 && errno == EINTR)
                continue;
            if (count < 0)
                ::_exit(1);
            done += count;
        }
    }

    Clock::duration quietFor()
    {
        const std::lock_guard lock(m_mutex);
        return Clock::now() - m_last;
    }

private:
    int m_descriptor;
    std::mutex m_mutex;
    Clock::time_point m_last = Clock::now();
};

constexpr auto slow = 1s; ///< what lasts longer is told
constexpr auto look = 200ms;
constexpr auto quiet = 2s; ///< after which a line says that there is none to be said

/// Tells of a call that lasts, each second again, and ends the process when it lasts too long. Many calls that each
/// take less than that, or nvidia-smi, may make a reading long: then it tells that the process is alive.
class Watcher
{
public:
    /// \a giveUp does not return.
    Watcher(const CallWatch &watch, Lines &lines, milliseconds limit, std::function<void(int)> giveUp)
        : m_watch(watch)
        , m_lines(lines)
        , m_limit(limit)
        , m_giveUp(std::move(giveUp))
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
            const CallKind kind = m_watch.kind();
            const milliseconds limit = kind == CallKind::Starting ? 4 * m_limit : m_limit;
            if (lasted < std::min<milliseconds>(slow, limit)) {
                told = slow;
            } else if (lasted >= std::min<milliseconds>(told, limit)) {
                m_lines.write({{u"stuck"_s, QJsonObject{{u"call"_s, QLatin1StringView(m_watch.name())},
                                                        {u"gpu"_s, m_watch.gpu()},
                                                        {u"starting"_s, kind == CallKind::Starting},
                                                        {u"lastedMs"_s, qint64(lasted.count())}}}});
                told += 1s;
            }
            if (lasted >= limit)
                m_giveUp(m_watch.gpu());
            if (m_lines.quietFor() >= quiet)
                m_lines.write({{u"alive"_s, true}});
        }
    }

    const CallWatch &m_watch;
    Lines &m_lines;
    milliseconds m_limit;
    std::function<void(int)> m_giveUp;
    std::mutex m_mutex;
    std::condition_variable_any m_wake;
    std::jthread m_thread;
};

bool isAsleep(const GpuReading &reading)
{
    return std::ranges::any_of(reading.gpus,
                               [](const GpuStatus &gpu) { return gpu.fault.condition == GpuCondition::Asleep; });
}

/// Where NVML does not work there is nothing that changes from second to second, and nvidia-smi costs half a second.
/// A GPU that is asleep may be woken.
milliseconds nextAfter(const GpuReading &reading, milliseconds interval)
{
    return reading.source == GpuSource::Nvml || isAsleep(reading) ? interval : std::max<milliseconds>(interval, 5s);
}

/// Goes on without GPU \a gpu in the same process, so that who started it still has it. Ends it, where it can't.
void goOnWithout(int gpu, const QStringList &arguments)
{
    QByteArrayList words{"kernelyardctl", "gpu-helper"};
    for (const QString &word : arguments)
        words << QFile::encodeName(word);
    words << "--skip" << QByteArray::number(gpu);
    std::vector<char *> argv;
    argv.reserve(static_cast<std::size_t>(words.size()) + 1);
    for (QByteArray &word : words)
        argv.push_back(word.data());
    argv.push_back(nullptr);
    if (gpu >= 0)
        ::execv("/proc/self/exe", argv.data());
    ::_exit(gpuHelperGaveUp);
}

} // namespace

int runGpuHelper(const QStringList &arguments)
{
    Options options = optionsOf(arguments);
    options.reader.mayWake = options.once;
    if (options.wrong)
        return 2;
    ::signal(SIGPIPE, SIG_IGN);
    CallWatch watch;
    Lines lines(options.append.isEmpty() ? STDOUT_FILENO : -1);
    GpuRecordFile record(options.append);
    const Watcher watcher(watch, lines, options.limit, [&](int gpu) {
        if (options.append.isEmpty()) // who reads the lines decides
            ::_exit(gpuHelperGaveUp);
        goOnWithout(gpu, arguments);
    });
    GpuReader reader(watch, options.reader);
    auto due = Clock::now();
    for (;;) {
        GpuReading reading = reader.read();
        if (options.once && reader.wantsAnother()) {
            std::this_thread::sleep_for(NvmlGpm::renewal);
            reading = reader.read();
        }
        milliseconds next = nextAfter(reading, options.interval);
        if (options.append.isEmpty()) {
            lines.write({{u"reading"_s, toJson(reading)}, {u"nextMs"_s, qint64(next.count())}});
        } else if (!isAsleep(reading)) {
            if (reading.gpus.isEmpty() || reading.source == GpuSource::Kernel)
                return 0; // nothing that would change
            if (!record.add(reading))
                return 1;
            next *= record.stride();
        }
        if (options.once)
            return 0;
        due = std::max(due + next, Clock::now());
        std::this_thread::sleep_until(due);
    }
}

std::variant<GpuHelperNoise, GpuHelperReading, GpuHelperStuck, GpuHelperAlive>
parseGpuHelperLine(const QByteArray &line)
{
    const QJsonObject object = QJsonDocument::fromJson(line).object();
    if (object.contains("reading"_L1))
        return GpuHelperReading{gpuReadingFromJson(object.value("reading"_L1).toObject()),
                                milliseconds(object.value("nextMs"_L1).toInteger(1000))};
    if (object.contains("alive"_L1))
        return GpuHelperAlive{};
    if (!object.contains("stuck"_L1))
        return GpuHelperNoise{};
    const QJsonObject stuck = object.value("stuck"_L1).toObject();
    return GpuHelperStuck{stuck.value("call"_L1).toString(), stuck.value("gpu"_L1).toInt(-1),
                          milliseconds(stuck.value("lastedMs"_L1).toInteger()),
                          stuck.value("starting"_L1).toBool() ? CallKind::Starting : CallKind::Running};
}

} // namespace kernelyard
