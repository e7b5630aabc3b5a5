// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/devcontainer/configuration.h"

#include "core/devcontainer/client.h"
#include "core/environment/reference.h"

#include <QCoreApplication>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace kernelyard {
namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("DevContainer", text);
}

/// Options with their values in one word each, so that a list of them can be merged word by word.
QStringList joinedOptions(const QStringList &words)
{
    QStringList options;
    for (const QString &word : words) {
        if (!word.startsWith(u'-') && !options.isEmpty() && options.last().startsWith(u"--") &&
            !options.last().contains(u'='))
            options.last() += u'=' + word;
        else
            options << word;
    }
    return options;
}

/// What `run` needs besides with this engine.
QStringList runArguments(const DevContainerRequest &request)
{
    const Engine &engine = request.engine;
    QStringList words = engine.runArguments;
    // The Dev Container CLI and VS Code give Podman --userns=keep-id and the label by themselves.
    if (engine.kind == EngineKind::Docker && engine.labelled)
        words << u"--security-opt=label=disable"_s;
    if (request.hasGpu && !clientAsksForGpu(engine))
        words << (engine.gpuArguments.isEmpty() ? QStringList{u"--device=nvidia.com/gpu=all"_s} : engine.gpuArguments);
    return joinedOptions(words);
}

/// The arguments of the dev layer whose values were chosen, and that no other layer is named by.
QList<std::pair<QString, QString>> chosenArguments(const DevContainerRequest &request, const Environment &chosen)
{
    const QString layer = request.environment.devContainerLayer();
    const Layer *file = request.environment.layer(layer);
    const Layer *made = chosen.layer(layer);
    QList<std::pair<QString, QString>> arguments;
    for (qsizetype i = 0; file && made && i < file->arguments.size(); ++i) {
        const auto references = referencesIn(file->arguments.at(i).second).value_or(QList<Reference>());
        const bool isChoice = !references.isEmpty() && std::ranges::all_of(references, [](const Reference &reference) {
            return reference.kind == u"choice";
        });
        if (isChoice)
            arguments.append(
                {made->arguments.at(i).first,
                 substituted(
                     made->arguments.at(i).second, [](const Reference &) { return std::nullopt; }, Pass::Last)});
    }
    return arguments;
}

QJsonArray words(const QStringList &list)
{
    return QJsonArray::fromStringList(list);
}

/// What the script is told, and what it does last: the environment's own link of the fork.
QJsonArray postCreate(const DevContainerRequest &request, const QString &relative)
{
    const QString workspace = devContainerWorkspace(request);
    const DevContainerSource &source = request.environment.devContainer;
    QStringList command{u"bash"_s, relative + u'/' + QLatin1StringView(postCreateName), u"--fork"_s, workspace};
    if (!request.forkUrl.isEmpty())
        command << u"--url"_s << request.forkUrl;
    if (!source.cachedSources.isEmpty())
        command << u"--cached"_s << source.cachedSources;
    if (!source.wheels.isEmpty())
        command << u"--wheels"_s << source.wheels;
    if (!source.link.isEmpty()) {
        command << u"--"_s;
        for (const QString &word : source.link)
            command << substituted(
                word, [&workspace](const Reference &) -> std::optional<QString> { return workspace; }, Pass::Last);
    }
    return words(command);
}

} // namespace

QString devContainerImage(const DevContainerRequest &request)
{
    const QString layer = request.environment.devContainerLayer();
    if (!request.registry.isEmpty())
        return request.registry + u'/' + request.environment.name + u'-' + layer + u':' + request.tag;
    return request.environment.imageTag(layer);
}

QString devContainerWorkspace(const DevContainerRequest &request)
{
    if (request.environment.fork)
        return request.environment.fork->mountAt;
    return u"/workspace/"_s + request.folder.section(u'/', -1);
}

Result<Configuration> devContainerConfiguration(const DevContainerRequest &request, const QString &relative)
{
    const Environment &environment = request.environment;
    const auto chosen = withChoices(environment, request.choices);
    if (!chosen)
        return Failure(chosen.error());
    const QString layer = environment.devContainerLayer();
    if (layer.isEmpty())
        return Failure(Error{ErrorKind::Invalid, tr("%1 has no layer to work in.").arg(environment.name), {}, {}});
    const DevContainerSource &source = environment.devContainer;
    const QString workspace = devContainerWorkspace(request);

    Configuration made;
    const auto add = [&made](const QStringList &path, const QJsonValue &value, const QString &comment = {}) {
        made.append({path, value, comment});
    };
    add({u"name"_s}, QString(environment.name + u", "_s + request.folder.section(u'/', -1)));
    add({u"build"_s, u"dockerfile"_s}, u"Dockerfile"_s);
    add({u"build"_s, u"context"_s}, u"."_s);
    add({u"build"_s, u"args"_s, u"DEV_IMAGE"_s}, devContainerImage(request),
        request.registry.isEmpty()
            ? tr("Built by: kernelyardctl build %1 %2").arg(environment.name, layer)
            : tr("Pushed by: kernelyardctl push %1 %2 --to %3").arg(environment.name, layer, request.registry));
    if (request.engine.kind == EngineKind::Docker)
        add({u"build"_s, u"args"_s, u"BUILDKIT_INLINE_CACHE"_s}, u"1"_s);
    for (const auto &[name, value] : chosenArguments(request, *chosen))
        add({u"build"_s, u"args"_s, name}, value);
    if (!request.registry.isEmpty() && request.engine.kind == EngineKind::Docker)
        add({u"build"_s, u"cacheFrom"_s}, words({devContainerImage(request)}));
    add({u"workspaceMount"_s}, QString(u"type=bind,source=${localWorkspaceFolder},target="_s + workspace),
        tr("The checkout, where Python imports it from"));
    add({u"workspaceFolder"_s}, workspace);
    // With Podman 4 the Dev Container CLI (0.89) ends with an error where this is asked: it reads a field of `info`
    // that is not there. Its GPUs come by runArgs alone.
    if (request.engine.kind == EngineKind::Docker)
        add({u"hostRequirements"_s, u"gpu"_s}, u"optional"_s, tr("Works without a GPU too"));
    if (const QStringList options = runArguments(request); !options.isEmpty())
        add({u"runArgs"_s}, words(options), tr("What %1 needs on this machine").arg(request.engine.id()));
    if (request.dockerInDocker)
        add({u"features"_s, u"ghcr.io/devcontainers/features/docker-in-docker:2"_s}, QJsonObject());
    if (request.asRoot)
        add({u"remoteUser"_s}, u"root"_s, tr("The checkout is root's, as the container sees it"));
    else if (!source.user.isEmpty())
        add({u"remoteUser"_s}, source.user);
    add({u"postCreateCommand"_s}, postCreate(request, relative),
        tr("Submodules, safe.directory, the prebuilt wheel, the editable link, pre-commit"));
    if (!source.extensions.isEmpty())
        add({u"customizations"_s, u"vscode"_s, u"extensions"_s}, words(source.extensions));
    if (!source.interpreter.isEmpty())
        add({u"customizations"_s, u"vscode"_s, u"settings"_s, u"python.defaultInterpreterPath"_s}, source.interpreter);
    add({u"customizations"_s, u"kernelyard"_s, u"environment"_s}, environment.name);
    for (const auto &[name, value] : request.choices)
        add({u"customizations"_s, u"kernelyard"_s, u"choices"_s, name}, value);

    const auto hasReference = [](const auto &self, const QJsonValue &value) -> bool {
        if (value.isString())
            return value.toString().contains(u"${");
        for (const QJsonValue item : value.toArray())
            if (self(self, item))
                return true;
        return false;
    };
    for (const ConfigurationEntry &entry : made)
        if (entry.path.first() != u"workspaceMount" && hasReference(hasReference, entry.value))
            return Failure(Error{
                ErrorKind::Invalid,
                tr("%1 can't stand in a devcontainer.json: ${ begins a variable there.").arg(entry.path.join(u'.')),
                {},
                tr("Choose a value without ${.")});
    return made;
}

Result<QByteArray> devContainerDockerfile(const DevContainerRequest &request)
{
    const auto chosen = withChoices(request.environment, request.choices);
    if (!chosen)
        return Failure(chosen.error());
    QString text = tr("# The dev container's image: the layer \"%1\" of Kernelyard's environment %2.\n"
                      "# Yours go below: packages, tools, settings. What stands here stays when it is written again.\n")
                       .arg(request.environment.devContainerLayer(), request.environment.name);
    text += u"ARG DEV_IMAGE=%1\nFROM ${DEV_IMAGE}\n"_s.arg(devContainerImage(request));
    for (const auto &[name, value] : chosenArguments(request, *chosen))
        text +=
            u"\n# Compilers in the container make the same as those of the layers.\nARG %1\nENV %1=${%1}\n"_s.arg(name);
    return text.toUtf8();
}

QList<QJsonArray> unitsOf(const QJsonArray &list, const QStringList &path)
{
    QList<QJsonArray> units;
    const bool isOptions = path == QStringList{u"runArgs"_s} || path == QStringList{u"build"_s, u"options"_s};
    for (const QJsonValue value : list) {
        const QString before = units.isEmpty() ? QString() : units.last().first().toString();
        const bool isValue = isOptions && !value.toString().startsWith(u'-') && !units.isEmpty() &&
                             units.last().size() == 1 && before.startsWith(u'-') && !before.contains(u'=');
        if (isValue)
            units.last().append(value);
        else
            units.append(QJsonArray{value});
    }
    return units;
}

QJsonArray joined(const QList<QJsonArray> &units)
{
    QJsonArray list;
    for (const QJsonArray &unit : units)
        for (const QJsonValue value : unit)
            list.append(value);
    return list;
}

static bool isBelow(const QStringList &path, const QStringList &above)
{
    return path.size() >= above.size() && path.first(above.size()) == above;
}

Configuration withOverrides(const Configuration &configuration, const CommentedJson &overrides)
{
    Configuration made = configuration;
    for (const QStringList &path : overrides.leaves()) {
        if (path.isEmpty())
            continue;
        QJsonValue value = *overrides.value(path);
        const auto same = std::ranges::find(made, path, &ConfigurationEntry::path);
        if (same != made.end() && same->value.isArray() && value.isArray() && !path.last().endsWith(u"Command")) {
            QList<QJsonArray> units = unitsOf(same->value.toArray(), path);
            for (const QJsonArray &unit : unitsOf(value.toArray(), path))
                if (!units.contains(unit))
                    units << unit;
            same->value = joined(units);
            continue;
        }
        // Whatever stands at, below or above the place gives way.
        QString comment = same != made.end() ? same->comment : QString();
        qsizetype place = made.size();
        for (qsizetype i = made.size() - 1; i >= 0; --i)
            if (isBelow(made.at(i).path, path) || (isBelow(path, made.at(i).path) && made.at(i).path != path)) {
                made.removeAt(i);
                place = i;
            }
        if (!value.isNull())
            made.insert(place, {path, value, comment});
    }
    return made;
}

} // namespace kernelyard
