// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/environment/environment.h"

#include "core/environment/imagename.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace kernelyard {

QString Environment::imageTag(const QString &layerName) const
{
    return u"localhost/kernelyard/"_s + name + u'-' + layerName + u":latest"_s;
}

QString Environment::baseTag() const
{
    const auto image = ImageName::fromText(base.pull);
    if (!image)
        return u"localhost/kernelyard/base-"_s + name + u":latest"_s;
    QString repository = image->repository;
    if (image->registry == u"docker.io") {
        if (repository.startsWith(u"library/"))
            repository.remove(0, 8);
    } else {
        repository.prepend(QString(image->registry).replace(u':', u'-').toLower() + u'/');
    }
    repository.replace(u'/', u'-');
    QString tag = image->tag;
    if (!image->digest.isEmpty())
        tag += (tag.isEmpty() ? QString() : u"-"_s) + image->digest.mid(7, 16);
    return u"localhost/kernelyard/base-"_s + repository + u':' + tag;
}

const Layer *Environment::layer(const QString &layerName) const
{
    const auto it = std::ranges::find(layers, layerName, &Layer::name);
    return it == layers.end() ? nullptr : &*it;
}

QString Environment::devContainerLayer() const
{
    if (!devContainer.layer.isEmpty())
        return devContainer.layer;
    if (validation)
        return validation->layer;
    return layers.isEmpty() ? QString() : layers.last().name;
}

} // namespace kernelyard
