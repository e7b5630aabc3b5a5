// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/devcontainer/commentedjson.h"
#include "core/engine/engine.h"
#include "core/environment/choices.h"

namespace kernelyard {

/// One value of a devcontainer.json: a scalar or a list, below the names of the objects around it.
struct ConfigurationEntry
{
    QStringList path;
    QJsonValue value;
    QString comment; ///< lines without //, for the place where it is written first

    bool operator==(const ConfigurationEntry &) const = default;
};

/// A devcontainer.json in the order in which it is written.
using Configuration = QList<ConfigurationEntry>;

/// What a dev container is made for.
struct DevContainerRequest
{
    Environment environment; ///< as it was read
    ChosenValues choices;    ///< that somebody made (madeChoices)
    QString folder;          ///< absolute: the checkout
    QString forkUrl;         ///< that a new container clones where the folder is empty; empty: none
    Engine engine;
    bool hasGpu = false;                    ///< this machine has one that the engine can give to a container
    QString registry;                       ///< the image is taken from there; empty: the one built here
    QString tag = QStringLiteral("latest"); ///< there
    bool dockerInDocker = false;            ///< its feature comes from a registry
    /// The checkout belongs to root as the container sees it, so that root alone may write there.
    bool asRoot = false;
};

/// The file name of the generated script and the one beside which it lies.
inline constexpr auto postCreateName = "post-create";

/// The image that the dev container is made from.
QString devContainerImage(const DevContainerRequest &request);
/// Where the container sees the checkout.
QString devContainerWorkspace(const DevContainerRequest &request);

/// What Kernelyard has to say in the devcontainer.json. \a relative is the folder of that file below the checkout, such
/// as .devcontainer. Keys and values as the Development Container Specification has them (containers.dev, reference of
/// devcontainer.json). Errors: those of withChoices; Invalid (a value with ${, which the specification would
/// substitute; an environment without layers).
Result<Configuration> devContainerConfiguration(const DevContainerRequest &request, const QString &relative);

/// The Dockerfile beside it: the environment's image, with the build arguments as variables.
Result<QByteArray> devContainerDockerfile(const DevContainerRequest &request);

/// \a configuration with a user's own overrides, as RFC 7396 merges: objects by name, null takes away, anything else
/// replaces; but a list adds what is not in it yet (containers.dev merges lists of one kind so too).
Configuration withOverrides(const Configuration &configuration, const CommentedJson &overrides);

/// The words of a list such as runArgs, an option together with the value that follows it.
QList<QJsonArray> unitsOf(const QJsonArray &list, const QStringList &path);
QJsonArray joined(const QList<QJsonArray> &units);

} // namespace kernelyard
