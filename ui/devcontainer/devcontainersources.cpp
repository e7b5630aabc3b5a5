// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/devcontainer/devcontainersources.h"

#include "core/build/planner.h"

using namespace Qt::StringLiterals;

namespace kernelyard {
namespace {

struct Inside
{
    DevContainerPlace place;
    QString user;
    QString workspace;
};

Result<Inside> insideOf(const DevContainerRequest &request, const Paths &paths)
{
    const auto place = writtenDevContainer(request, paths);
    if (!place)
        return Failure(place.error());
    const auto json = readConfiguration(place->configurationPath());
    if (!json)
        return Failure(json.error());
    return Inside{*place, json->value(u"remoteUser"_s).toString(), json->value(u"workspaceFolder"_s).toString()};
}

} // namespace

DevContainerSources DevContainerSources::real(const Paths &paths)
{
    DevContainerSources sources;
    sources.read = [paths](const Environment &environment, const Engine &engine,
                           const QString &folder) -> Result<DevContainerView> {
        DevContainerOptions options;
        options.folder = folder;
        const auto request = devContainerRequest(
            environment, engine, options, GpuFacts::of(environment, paths, PlanFacts::ofThisMachine().ctl), paths);
        if (!request)
            return Failure(request.error());
        const auto change = planDevContainer(*request, paths);
        if (!change)
            return Failure(change.error());
        DevContainerView view{*request, *change, false, {}, {}};
        view.isWritten = !writtenConfiguration(request->folder, environment.name).isEmpty();
        if (const auto client = DevContainerClient::find(); !client)
            view.noStart = client.error();
        if (!view.isWritten)
            return view;
        const auto place = writtenDevContainer(*request, paths);
        if (!place)
            return Failure(place.error());
        if (const auto state = readDevContainerState(*place))
            view.state = *state;
        if (const auto ready = devContainerPlace(*request, paths); !ready && !view.noStart)
            view.noStart = ready.error();
        return view;
    };
    sources.write = writeDevContainer;
    sources.plan = [paths](const DevContainerRequest &request, DevContainerStart start) -> Result<Plan> {
        const auto place = devContainerPlace(request, paths);
        if (!place)
            return Failure(place.error());
        const auto client = DevContainerClient::find();
        if (!client)
            return Failure(client.error());
        return devContainerPlan(request, *client, *place, start);
    };
    sources.stop = [paths](const DevContainerRequest &request) -> Result<void> {
        const auto inside = insideOf(request, paths);
        return inside ? stopDevContainer(inside->place) : Result<void>(Failure(inside.error()));
    };
    sources.openCode = [paths](const DevContainerRequest &request) -> Result<Command> {
        const auto inside = insideOf(request, paths);
        return inside ? openDevContainer(inside->place, inside->workspace) : Result<Command>(Failure(inside.error()));
    };
    sources.openTerminal = [paths](const DevContainerRequest &request) -> Result<Command> {
        const auto inside = insideOf(request, paths);
        return inside ? openDevContainerTerminal(inside->place, inside->user, inside->workspace)
                      : Result<Command>(Failure(inside.error()));
    };
    return sources;
}

} // namespace kernelyard
