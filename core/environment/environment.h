// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/fork/rebuildrules.h"

#include <QList>
#include <QString>
#include <QStringList>

#include <optional>
#include <utility>

namespace kernelyard {

/// A value that the user may choose; `${choice:NAME}` stands for it.
struct Choice
{
    QString name;
    QString description;
    QString defaultValue;
    QStringList values;                ///< those allowed; empty: any
    bool isFolder = false;             ///< the value is a folder of this machine, as an absolute path
    bool detectsArchitectures = false; ///< CUDA compute capabilities; where none are chosen, those of the GPUs found
    std::optional<QString> own = {};   ///< the user's value, kept for this machine (ownchoices.h)

    /// What counts where a command gives no value.
    QString value() const { return own.value_or(defaultValue); }

    bool operator==(const Choice &) const = default;
};

/// One image of an environment.
struct Layer
{
    QString name;              ///< wheels, builder, dev
    QString dockerfile;        ///< absolute
    QString classicDockerfile; ///< absolute; for Docker without BuildKit, which has no cache mounts; empty: the same
    QString context;           ///< absolute folder, or ${choice:NAME} of one that is a folder
    QString target;            ///< a stage; empty: the last
    QList<std::pair<QString, QString>> arguments; ///< values may name ${base}, ${layer:NAME} and ${choice:NAME}
    bool offline = false;                         ///< its steps get no network

    bool operator==(const Layer &) const = default;
};

/// The image below the first layer.
struct BaseImage
{
    QString pull;              ///< docker.io/library/debian:12-slim; may name ${choice:NAME}
    bool makeFromHost = false; ///< when it can't be pulled, make one from the distribution's packages

    bool operator==(const BaseImage &) const = default;
};

struct ForkSource
{
    QString name;    ///< folder name below the forks folder
    QString url;     ///< git address, may name ${choice:NAME}; empty: made from `seed`
    QString seed;    ///< absolute folder of sources that the git repository is made from
    QString mountAt; ///< where the dev container sees it: /workspace/attention

    bool operator==(const ForkSource &) const = default;
};

struct ValidationSuite
{
    QString script;      ///< absolute; mounted read-only in mountAt
    QString suite;       ///< absolute file or folder; mounted read-only beside the script
    QString layer;       ///< whose image it runs in
    QString mountAt;     ///< folder in the container
    QStringList command; ///< in the container; may name ${script}, ${suite}, ${fork} and ${choice:NAME}

    bool operator==(const ValidationSuite &) const = default;
};

/// What a dev container made of the environment needs to know; all may be empty.
struct DevContainerSource
{
    QString layer;          ///< whose image it is made from
    QString user;           ///< who works in it
    QString cachedSources;  ///< folder in the image: a checkout whose submodules are taken before any are downloaded
    QString wheels;         ///< folder in the image: the prebuilt wheel
    QString interpreter;    ///< Python, in the image
    QStringList link;       ///< command that makes Python import the checkout; may name ${fork}
    QStringList extensions; ///< of VS Code, by their ids

    bool operator==(const DevContainerSource &) const = default;
};

/// An environment file, read and checked. All paths absolute.
struct Environment
{
    QString name;
    QString description;
    QString file; ///< where it was read from
    bool shipped = false;
    QList<Choice> choices;
    BaseImage base;
    QList<Layer> layers; ///< in build order
    std::optional<ForkSource> fork;
    std::optional<ValidationSuite> validation;
    std::optional<RebuildRules> rebuild; ///< what a change in the fork means
    DevContainerSource devContainer;

    QString imageTag(const QString &layerName) const; ///< localhost/kernelyard/NAME-LAYER:latest
    /// The local name of the base image, whether it was pulled or made; what ${base} stands for. Pulling
    /// docker.io/library/debian:12-slim gives localhost/kernelyard/base-debian:12-slim. Ask it of
    /// an environment whose choices are made (withChoices): the name may depend on them.
    QString baseTag() const;
    const Layer *layer(const QString &layerName) const;
    /// The layer to work in: the one that is named for it, that of the validation, or the last; empty: there is none.
    QString devContainerLayer() const;

    bool operator==(const Environment &) const = default;
};

} // namespace kernelyard
