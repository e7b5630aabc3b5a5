// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QString>
#include <QStringList>

#include <optional>
#include <utility>

namespace kernelyard {

/// One image of an environment.
struct Layer
{
    QString name;       ///< wheels, builder, dev
    QString dockerfile; ///< absolute
    QString context;    ///< absolute folder
    QString target;
    QList<std::pair<QString, QString>> arguments; ///< values may name ${base}, ${layer:NAME} and ${choice:NAME}
};

/// The image below the first layer.
struct BaseImage
{
    QString pull;              ///< docker.io/library/debian:12-slim
    bool makeFromHost = false; ///< when it can't be pulled, make one from the distribution's packages
};

struct ForkSource
{
    QString name;    ///< folder name below the forks folder
    QString url;     ///< git address; empty: made from `seed`
    QString seed;    ///< absolute folder of sources that the git repository is made from
    QString mountAt; ///< where the dev container sees it: /workspace/attention
};

struct ValidationSuite
{
    QString script;      ///< absolute
    QString suite;       ///< absolute
    QString layer;       ///< whose image it runs in
    QStringList command; ///< in the container
};

/// An environment file, read and checked. All paths absolute.
struct Environment
{
    QString name;
    QString description;
    QString file; ///< where it was read from
    bool shipped = false;
    BaseImage base;
    QList<Layer> layers; ///< in build order
    std::optional<ForkSource> fork;
    std::optional<ValidationSuite> validation;

    QString imageTag(const QString &layer) const; ///< localhost/kernelyard/NAME-LAYER:latest
    const Layer *layer(const QString &layerName) const;
};

} // namespace kernelyard
