// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/imageinspection.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace kernelyard {

static QStringList texts(const QJsonValue &value)
{
    QStringList list;
    for (const QJsonValue item : value.toArray())
        list << item.toString();
    return list;
}

bool InspectedImage::isAbove(const InspectedImage &other) const
{
    return fileSystems.size() > other.fileSystems.size() &&
           std::equal(other.fileSystems.begin(), other.fileSystems.end(), fileSystems.begin());
}

QList<InspectedImage> parseInspection(const QByteArray &json)
{
    QList<InspectedImage> images;
    for (const QJsonValue value : QJsonDocument::fromJson(json).array()) {
        const QJsonObject object = value.toObject();
        InspectedImage image;
        image.id = object.value(u"Id"_s).toString();
        image.tags = texts(object.value(u"RepoTags"_s));
        image.sizeBytes = object.value(u"Size"_s).toInteger();
        image.created = QDateTime::fromString(object.value(u"Created"_s).toString(), Qt::ISODateWithMs);
        image.fileSystems = texts(object.value(u"RootFS"_s).toObject().value(u"Layers"_s));
        if (!image.id.isEmpty())
            images.append(image);
    }
    return images;
}

qint64 ownBytes(const InspectedImage &image, const QList<InspectedImage> &all)
{
    const InspectedImage *below = nullptr;
    for (const InspectedImage &other : all)
        if (image.isAbove(other) && (!below || other.fileSystems.size() > below->fileSystems.size()))
            below = &other;
    return std::max<qint64>(0, image.sizeBytes - (below ? below->sizeBytes : 0));
}

} // namespace kernelyard
