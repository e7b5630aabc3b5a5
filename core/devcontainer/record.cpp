// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/devcontainer/record.h"

#include <QJsonDocument>

using namespace Qt::StringLiterals;

namespace kernelyard {

QByteArray DevContainerRecord::toJson() const
{
    QJsonArray entries;
    for (const ConfigurationEntry &entry : configuration) {
        QJsonObject object{{u"path"_s, QJsonArray::fromStringList(entry.path)}, {u"value"_s, entry.value}};
        if (!entry.comment.isEmpty())
            object.insert(u"comment"_s, entry.comment);
        entries.append(object);
    }
    QJsonObject hashes;
    for (auto it = files.begin(); it != files.end(); ++it)
        hashes.insert(it.key(), QString::fromLatin1(it.value()));
    return QJsonDocument(
               QJsonObject{{u"about"_s, u"What Kernelyard wrote last; by it your changes are told from its own."_s},
                           {u"version"_s, version},
                           {u"environment"_s, environment},
                           {u"configuration"_s, entries},
                           {u"files"_s, hashes}})
        .toJson();
}

std::optional<DevContainerRecord> DevContainerRecord::fromJson(const QByteArray &json)
{
    const QJsonObject object = QJsonDocument::fromJson(json).object();
    if (object.value(u"version"_s).toInt() != version)
        return {};
    DevContainerRecord record;
    record.environment = object.value(u"environment"_s).toString();
    for (const QJsonValue value : object.value(u"configuration"_s).toArray()) {
        const QJsonObject entry = value.toObject();
        QStringList path;
        for (const QJsonValue part : entry.value(u"path"_s).toArray())
            path << part.toString();
        if (!path.isEmpty())
            record.configuration.append({path, entry.value(u"value"_s), entry.value(u"comment"_s).toString()});
    }
    const QJsonObject hashes = object.value(u"files"_s).toObject();
    for (auto it = hashes.begin(); it != hashes.end(); ++it)
        record.files.insert(it.key(), it.value().toString().toLatin1());
    return record;
}

bool DevContainerRecord::isSameAs(const DevContainerRecord &other) const
{
    return environment == other.environment && configuration == other.configuration && files == other.files;
}

} // namespace kernelyard
