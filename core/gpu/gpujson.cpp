// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/gpu/gpujson.h"

#include <QJsonArray>

#include <array>

using namespace Qt::StringLiterals;

namespace kernelyard {
namespace {

// Each struct's fields stand once, for both directions.
template <class V, class T>
void visit(V &v, T &fault) requires std::is_same_v<std::remove_const_t<T>, GpuFault>
{
    v("condition"_L1, fault.condition);
    v("evidence"_L1, fault.evidence);
}

template <class V, class T>
void visit(V &v, T &process) requires std::is_same_v<std::remove_const_t<T>, GpuProcess>
{
    v("pid"_L1, process.pid);
    v("name"_L1, process.name);
    v("graphics"_L1, process.graphics);
    v("memoryBytes"_L1, process.memoryBytes);
    v("smPercent"_L1, process.smPercent);
    v("gpuInstance"_L1, process.gpuInstance);
    v("containerId"_L1, process.containerId);
    v("containerKind"_L1, process.containerKind);
}

template <class V, class T>
void visit(V &v, T &slice) requires std::is_same_v<std::remove_const_t<T>, MigSlice>
{
    v("index"_L1, slice.index);
    v("name"_L1, slice.name);
    v("uuid"_L1, slice.uuid);
    v("gpuInstance"_L1, slice.gpuInstance);
    v("computeInstance"_L1, slice.computeInstance);
    v("multiprocessors"_L1, slice.multiprocessors);
    v("utilisationPercent"_L1, slice.utilisationPercent);
    v("memoryUsedBytes"_L1, slice.memoryUsedBytes);
    v("memoryTotalBytes"_L1, slice.memoryTotalBytes);
}

template <class V, class T>
void visit(V &v, T &gpu) requires std::is_same_v<std::remove_const_t<T>, GpuStatus>
{
    v("index"_L1, gpu.index);
    v("name"_L1, gpu.name);
    v("driver"_L1, gpu.driver);
    v("uuid"_L1, gpu.uuid);
    v("busId"_L1, gpu.busId);
    v("computeCapability"_L1, gpu.computeCapability);
    v("utilisationPercent"_L1, gpu.utilisationPercent);
    v("memoryUtilisationPercent"_L1, gpu.memoryUtilisationPercent);
    v("temperatureCelsius"_L1, gpu.temperatureCelsius);
    v("temperatureLimitCelsius"_L1, gpu.temperatureLimitCelsius);
    v("memoryUsedBytes"_L1, gpu.memoryUsedBytes);
    v("memoryTotalBytes"_L1, gpu.memoryTotalBytes);
    v("powerWatts"_L1, gpu.powerWatts);
    v("powerLimitWatts"_L1, gpu.powerLimitWatts);
    v("smClockMHz"_L1, gpu.smClockMHz);
    v("smClockMaxMHz"_L1, gpu.smClockMaxMHz);
    v("memoryClockMHz"_L1, gpu.memoryClockMHz);
    v("memoryClockMaxMHz"_L1, gpu.memoryClockMaxMHz);
    v("throttleReasons"_L1, gpu.throttleReasons);
    v("eccOn"_L1, gpu.eccOn);
    v("eccCorrected"_L1, gpu.eccCorrected);
    v("eccUncorrected"_L1, gpu.eccUncorrected);
    v("pcieGeneration"_L1, gpu.pcieGeneration);
    v("pcieWidth"_L1, gpu.pcieWidth);
    v("pcieGenerationMax"_L1, gpu.pcieGenerationMax);
    v("pcieWidthMax"_L1, gpu.pcieWidthMax);
    v("persistence"_L1, gpu.persistence);
    v("display"_L1, gpu.display);
    v("mig"_L1, gpu.mig);
    v("slices"_L1, gpu.slices);
    v("processes"_L1, gpu.processes);
    v("fault"_L1, gpu.fault);
}

template <class V, class T>
void visit(V &v, T &reading) requires std::is_same_v<std::remove_const_t<T>, GpuReading>
{
    v("atMs"_L1, reading.atMs);
    v("tookMs"_L1, reading.tookMs);
    v("source"_L1, reading.source);
    v("driver"_L1, reading.driver);
    v("libraryVersion"_L1, reading.libraryVersion);
    v("moduleVersion"_L1, reading.moduleVersion);
    v("cuda"_L1, reading.cuda);
    v("detail"_L1, reading.detail);
    v("gpus"_L1, reading.gpus);
    v("fault"_L1, reading.fault);
}

/// Empty texts, false marks and absent values take no room.
struct Writer
{
    QJsonObject object;

    void operator()(QLatin1StringView key, const QString &text)
    {
        if (!text.isEmpty())
            object.insert(key, text);
    }
    void operator()(QLatin1StringView key, int number) { object.insert(key, number); }
    void operator()(QLatin1StringView key, qint64 number) { object.insert(key, number); }
    void operator()(QLatin1StringView key, double number) { object.insert(key, number); }
    void operator()(QLatin1StringView key, bool mark)
    {
        if (mark)
            object.insert(key, true);
    }
    void operator()(QLatin1StringView key, GpuCondition condition) { object.insert(key, conditionName(condition)); }
    void operator()(QLatin1StringView key, GpuSource source) { object.insert(key, sourceName(source)); }
    void operator()(QLatin1StringView key, const GpuFault &fault)
    {
        if (fault.condition != GpuCondition::Healthy)
            object.insert(key, written(fault));
    }
    template <class T>
    void operator()(QLatin1StringView key, const std::optional<T> &value)
    {
        if (!value)
            return;
        if constexpr (std::is_same_v<T, QStringList>)
            object.insert(key, QJsonArray::fromStringList(*value));
        else if constexpr (std::is_same_v<T, QList<GpuProcess>>)
            object.insert(key, arrayOf(*value));
        else
            object.insert(key, QJsonValue(*value));
    }
    template <class T>
    void operator()(QLatin1StringView key, const QList<T> &list)
    {
        if (list.isEmpty() && key != "gpus"_L1)
            return;
        object.insert(key, arrayOf(list));
    }
    template <class T>
    static QJsonArray arrayOf(const QList<T> &list)
    {
        QJsonArray array;
        for (const T &item : list)
            array.append(written(item));
        return array;
    }
    template <class T>
    static QJsonObject written(const T &value)
    {
        Writer writer;
        visit(writer, value);
        return writer.object;
    }
};

struct Reader
{
    QJsonObject object;

    void operator()(QLatin1StringView key, QString &text) { text = object.value(key).toString(); }
    void operator()(QLatin1StringView key, int &number) { number = object.value(key).toInt(); }
    void operator()(QLatin1StringView key, qint64 &number) { number = object.value(key).toInteger(); }
    void operator()(QLatin1StringView key, double &number) { number = object.value(key).toDouble(); }
    void operator()(QLatin1StringView key, bool &mark) { mark = object.value(key).toBool(); }
    void operator()(QLatin1StringView key, GpuCondition &condition)
    {
        for (int i = 0; i <= static_cast<int>(GpuCondition::Failed); ++i)
            if (conditionName(static_cast<GpuCondition>(i)) == object.value(key).toString())
                condition = static_cast<GpuCondition>(i);
    }
    void operator()(QLatin1StringView key, GpuSource &source)
    {
        for (int i = 0; i <= static_cast<int>(GpuSource::Kernel); ++i)
            if (sourceName(static_cast<GpuSource>(i)) == object.value(key).toString())
                source = static_cast<GpuSource>(i);
    }
    void operator()(QLatin1StringView key, GpuFault &fault)
    {
        if (object.contains(key))
            fault = read<GpuFault>(object.value(key).toObject());
    }
    void operator()(QLatin1StringView key, std::optional<int> &value) { number(key, value); }
    void operator()(QLatin1StringView key, std::optional<qint64> &value) { number(key, value); }
    void operator()(QLatin1StringView key, std::optional<double> &value) { number(key, value); }
    void operator()(QLatin1StringView key, std::optional<bool> &value)
    {
        if (const QJsonValue found = object.value(key); found.isBool())
            value = found.toBool();
    }
    void operator()(QLatin1StringView key, std::optional<QString> &value)
    {
        if (const QJsonValue found = object.value(key); found.isString())
            value = found.toString();
    }
    void operator()(QLatin1StringView key, std::optional<QStringList> &value)
    {
        const QJsonValue found = object.value(key);
        if (!found.isArray())
            return;
        value.emplace();
        for (const QJsonValue item : found.toArray())
            value->append(item.toString());
    }
    template <class T>
    void operator()(QLatin1StringView key, std::optional<QList<T>> &list)
    {
        if (object.value(key).isArray())
            (*this)(key, list.emplace());
    }
    template <class T>
    void operator()(QLatin1StringView key, QList<T> &list)
    {
        for (const QJsonValue item : object.value(key).toArray())
            list.append(read<T>(item.toObject()));
    }
    template <class T>
    static T read(const QJsonObject &object)
    {
        Reader reader{object};
        T value;
        visit(reader, value);
        return value;
    }

private:
    template <class T>
    void number(QLatin1StringView key, std::optional<T> &value)
    {
        if (const QJsonValue found = object.value(key); found.isDouble())
            value = static_cast<T>(found.toDouble());
    }
};

} // namespace

QJsonObject toJson(const GpuReading &reading)
{
    return Writer::written(reading);
}

QJsonObject toJson(const GpuStatus &gpu)
{
    return Writer::written(gpu);
}

GpuReading gpuReadingFromJson(const QJsonObject &object)
{
    return Reader::read<GpuReading>(object);
}

} // namespace kernelyard
