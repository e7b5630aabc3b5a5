// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/devcontainerrequest.h"

#include "core/build/planner.h"
#include "core/devcontainer/devcontainer.h"
#include "core/engine/argv.h"
#include "core/environment/choices.h"
#include "core/fork/address.h"
#include "core/fork/fork.h"
#include "core/process/run.h"

#include <QCoreApplication>
#include <QUrl>

#include <unistd.h>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace kernelyard {

Result<DevContainerRequest> devContainerRequest(const Environment &environment, const Engine &engine,
                                                const DevContainerOptions &options, const GpuFacts &gpu,
                                                const Paths &paths)
{
    DevContainerRequest request;
    request.environment = environment;
    request.engine = engine;
    request.registry = options.registry;
    request.tag = options.tag;
    request.dockerInDocker = options.dockerInDocker;
    request.hasGpu = engine.gpu == Ability::Yes;
    // The root of a rootless Docker is the user; nobody else there can be.
    request.asRoot = getuid() == 0 || (engine.kind == EngineKind::Docker && engine.rootless);
    request.folder = options.folder.isEmpty() ? forkPath(environment, paths) : options.folder;
    if (request.folder.isEmpty())
        return Failure(
            Error{ErrorKind::Unsupported,
                  QCoreApplication::translate("DevContainer", "%1 has no fork to work on.").arg(environment.name),
                  {},
                  QCoreApplication::translate("DevContainer", "Name a checkout: --fork FORK")});

    const auto detected = architectureChoices(environment, options.choices, gpu);
    if (!detected)
        return Failure(detected.error());
    ChosenValues asked = options.choices;
    for (const ArchitectureChoice &choice : *detected)
        asked.append({choice.name, choice.value});
    const auto chosen = effectiveChoices(environment, asked);
    if (!chosen)
        return Failure(chosen.error());
    request.choices = madeChoices(environment, *chosen);

    // A checkout of one's own is cloned from where it came from; a folder of this machine is not seen in a container.
    if (const auto fork = readForkIdentity(request.folder); fork && !fork->origin.isEmpty())
        request.forkUrl = fork->origin;
    else if (const auto resolved = withChoices(environment, asked))
        request.forkUrl = resolved->fork.value_or(ForkSource()).url;
    if (isLocalAddress(request.forkUrl) || !checkAddress(request.forkUrl))
        request.forkUrl.clear();
    // Who logs in by a name or token in the address does so by git's own helpers in the container.
    if (QUrl url(request.forkUrl); request.forkUrl.startsWith(u"http") && !url.userInfo().isEmpty()) {
        url.setUserInfo({});
        request.forkUrl = url.toString();
    }
    return request;
}

Result<DevContainerPlace> writtenDevContainer(const DevContainerRequest &request, const Paths &paths)
{
    DevContainerPlace place{
        request.folder, writtenConfiguration(request.folder, request.environment.name), request.engine, {}, false};
    if (place.configuration.isEmpty())
        return Failure(Error{ErrorKind::Missing,
                             QCoreApplication::translate("DevContainer", "%1 has no dev container of %2 yet.")
                                 .arg(request.folder, request.environment.name),
                             {},
                             QString(u"kernelyardctl devcontainer write "_s + request.environment.name)});
    const auto program = engineProgramFor(request.engine, paths);
    if (!program)
        return Failure(program.error());
    place.engineProgram = *program;
    // A file that can't be read is the client's to complain of.
    const auto configuration = readConfiguration(place.configurationPath());
    place.asksForGpu =
        request.hasGpu && clientAsksForGpu(request.engine) && configuration && !runArgumentsAskForGpu(*configuration);
    return place;
}

Result<DevContainerPlace> devContainerPlace(const DevContainerRequest &request, const Paths &paths)
{
    auto place = writtenDevContainer(request, paths);
    if (!place || !request.registry.isEmpty())
        return place;
    // The client would look for the image in a registry and report what that one says.
    const auto inspected = run(inspectImage(request.engine, devContainerImage(request)), 30s);
    if (!inspected)
        return Failure(inspected.error());
    if (inspected->exitCode == 0)
        return place;
    const QString layer = request.environment.devContainerLayer();
    return Failure(Error{ErrorKind::Missing,
                         QCoreApplication::translate("DevContainer", "The layer %1 of %2 is not built with %3.")
                             .arg(layer, request.environment.name, request.engine.display()),
                         QString::fromUtf8(inspected->err).trimmed(),
                         u"kernelyardctl build %1 %2"_s.arg(request.environment.name, layer)});
}

Plan devContainerPlan(const DevContainerRequest &request, const DevContainerClient &client,
                      const DevContainerPlace &place, DevContainerStart start)
{
    Task task;
    task.name = u"container"_s;
    task.kind = TaskKind::Container;
    task.title = QCoreApplication::translate("Plan", "Dev container of %1").arg(request.folder.section(u'/', -1));
    task.command = upDevContainer(client, place, start);
    Plan plan;
    plan.environment = request.environment.name;
    plan.purpose = u"dev container"_s;
    plan.engine = request.engine;
    plan.choices = request.choices;
    plan.tasks = {task};
    return plan;
}

} // namespace kernelyard
