// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/validation/validationspeed.h"

#include <QJsonArray>

using namespace Qt::StringLiterals;

namespace kernelyard {

namespace {

std::optional<double> optionalNumber(const QJsonObject &object, const QString &key)
{
    const QJsonValue value = object.value(key);
    return value.isDouble() ? std::optional(value.toDouble()) : std::nullopt;
}

QJsonArray array(const QList<double> &values)
{
    QJsonArray made;
    for (const double value : values)
        made.append(value);
    return made;
}

} // namespace

SpeedFigure SpeedFigure::fromJson(const QJsonObject &line)
{
    SpeedFigure speed;
    speed.caseId = line.value(u"id"_s).toString();
    speed.backend = line.value(u"backend"_s).toString();
    speed.dtype = line.value(u"dtype"_s).toString();
    speed.length = line.value(u"length"_s).toInt();
    speed.headDim = line.value(u"headDim"_s).toInt();
    speed.causal = line.value(u"causal"_s).toBool();
    speed.clock = line.value(u"clock"_s).toString();
    speed.samples = line.value(u"samples"_s).toInt();
    speed.milliseconds = line.value(u"ms"_s).toDouble();
    speed.low = line.value(u"msLow"_s).toDouble();
    speed.high = line.value(u"msHigh"_s).toDouble();
    speed.tflops = line.value(u"tflops"_s).toDouble();
    speed.gigabytesPerSecond = line.value(u"gbps"_s).toDouble();
    speed.ofListedPeak = optionalNumber(line, u"ofListedPeak"_s);
    speed.ofMeasuredPeak = optionalNumber(line, u"ofMeasuredPeak"_s);
    speed.peakBytes = optionalNumber(line, u"peakBytes"_s);
    speed.throttled = line.value(u"throttled"_s).toInt();
    for (const QJsonValue sample : line.value(u"gpu"_s).toArray()) {
        if (const auto clock = optionalNumber(sample.toObject(), u"clockMHz"_s))
            speed.clocksMHz.append(*clock);
        if (const auto temperature = optionalNumber(sample.toObject(), u"temperatureC"_s))
            speed.temperatures.append(*temperature);
        for (const QJsonValue reason : sample.toObject().value(u"throttle"_s).toArray())
            if (!speed.throttleReasons.contains(reason.toString()))
                speed.throttleReasons.append(reason.toString());
    }
    return speed;
}

QJsonObject SpeedFigure::toJson() const
{
    QJsonObject object{{u"id"_s, caseId},
                       {u"backend"_s, backend},
                       {u"dtype"_s, dtype},
                       {u"length"_s, length},
                       {u"headDim"_s, headDim},
                       {u"causal"_s, causal},
                       {u"clock"_s, clock},
                       {u"samples"_s, samples},
                       {u"ms"_s, milliseconds},
                       {u"msLow"_s, low},
                       {u"msHigh"_s, high},
                       {u"tflops"_s, tflops},
                       {u"gbps"_s, gigabytesPerSecond},
                       {u"ofListedPeak"_s, ofListedPeak ? QJsonValue(*ofListedPeak) : QJsonValue()},
                       {u"ofMeasuredPeak"_s, ofMeasuredPeak ? QJsonValue(*ofMeasuredPeak) : QJsonValue()},
                       {u"peakBytes"_s, peakBytes ? QJsonValue(*peakBytes) : QJsonValue()}};
    if (!clocksMHz.isEmpty() || !temperatures.isEmpty() || throttled > 0) {
        object.insert(u"throttled"_s, throttled);
        object.insert(u"throttleReasons"_s, QJsonArray::fromStringList(throttleReasons));
        object.insert(u"clocksMHz"_s, array(clocksMHz));
        object.insert(u"temperaturesC"_s, array(temperatures));
    }
    return object;
}

SpeedComparison SpeedComparison::fromJson(const QJsonObject &line)
{
    return {line.value(u"id"_s).toString(),    line.value(u"first"_s).toString(),   line.value(u"second"_s).toString(),
            line.value(u"ratio"_s).toDouble(), line.value(u"low"_s).toDouble(),     line.value(u"high"_s).toDouble(),
            line.value(u"word"_s).toString(),  line.value(u"sentence"_s).toString()};
}

QJsonObject SpeedComparison::toJson() const
{
    return {{u"id"_s, caseId}, {u"first"_s, first}, {u"second"_s, second}, {u"ratio"_s, ratio},
            {u"low"_s, low},   {u"high"_s, high},   {u"word"_s, word},     {u"sentence"_s, sentence}};
}

} // namespace kernelyard
