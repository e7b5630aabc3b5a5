// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/environment/baseimage.h"

#include "core/base/log.h"
#include "core/engine/argv.h"
#include "core/environment/imagename.h"
#include "core/process/foreground.h"
#include "core/process/run.h"

#include <QCoreApplication>
#include <QEventLoop>
#include <QNetworkAccessManager>
#include <QNetworkProxyFactory>
#include <QNetworkReply>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace kernelyard {

namespace {

constexpr auto inspectLimit = 20s;
constexpr auto registryAnswerLimit = 4s;
constexpr auto blindPullLimit = 8s; ///< of a registry that did not answer us: the engine may know a mirror
constexpr auto pullLimit = 12h;     // gigabytes over a slow line
constexpr auto importLimit = 10min;

QString tr(const char *text)
{
    return QCoreApplication::translate("BaseImage", text);
}

Command importCommand(const Engine &engine, const RootRecipe &recipe, const QString &tag)
{
    return importImage(engine, recipe.tarball, tag, {u"CMD [\"bash\"]"_s}); // as in Debian's own images
}

Result<bool> isPresent(const Engine &engine, const QString &image)
{
    const auto answer = run(inspectImage(engine, image), inspectLimit);
    if (!answer)
        return Failure(answer.error());
    return answer->exitCode == 0;
}

/// Whether the registry answers a plain request, whatever it says.
bool registryAnswers(const ImageName &image)
{
    // docker.io is a name, not the host that serves it.
    const QString host = image.registry == u"docker.io" ? u"registry-1.docker.io"_s : image.registry;
    QNetworkProxyFactory::setUseSystemConfiguration(true);
    QNetworkAccessManager network;
    QNetworkRequest request(QUrl(u"https://"_s + host + u"/v2/"_s));
    request.setTransferTimeout(static_cast<int>(std::chrono::milliseconds(registryAnswerLimit).count()));
    QNetworkReply *reply = network.head(request);
    QEventLoop loop;
    QObject::connect(reply, &QNetworkReply::finished, &loop, &QEventLoop::quit);
    loop.exec();
    // A registry on plain HTTP or with a certificate of its own answers too; the engine knows if it is trusted.
    return reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).isValid() ||
           reply->error() == QNetworkReply::SslHandshakeFailedError;
}

/// A `$ …` line, the command, and its exit status as a result.
Result<void> step(const Command &command, std::chrono::milliseconds limit, const Say &say, const Cancelled &cancelled)
{
    say(u"$ "_s + command.display());
    const Result<int> exitCode = runForeground(command, limit, cancelled);
    if (!exitCode)
        return Failure(exitCode.error());
    if (*exitCode != 0)
        return Failure(Error{ErrorKind::Failed,
                             tr("%1 ended with status %2.").arg(command.display()).arg(*exitCode),
                             {},
                             tr("Its own words stand above.")});
    return {};
}

Result<void> pull(const Environment &environment, const ImageName &image, const Engine &engine, const QString &tag,
                  const Say &say, const Cancelled &cancelled)
{
    // In a hurry only where a base can be made instead: the engine may know a proxy or a mirror that we don't.
    const bool isHurried = environment.base.makeFromHost && !registryAnswers(image);
    if (isHurried)
        say(tr("%1 does not answer; trying for %2 s whether the engine knows a mirror.")
                .arg(image.registry)
                .arg(blindPullLimit.count()));
    const std::chrono::milliseconds limit = isHurried ? std::chrono::milliseconds(blindPullLimit) : pullLimit;
    if (auto pulled = step(pullImage(engine, image.display()), limit, say, cancelled); !pulled)
        return pulled;
    return step(tagImage(engine, image.display(), tag), inspectLimit, say, cancelled);
}

Error notToBeHad(const Environment &environment, const Error &pullError)
{
    return {ErrorKind::Missing,
            tr("The base image %1 of %2 is not here and can't be pulled.").arg(environment.base.pull, environment.name),
            pullError.message, tr("Check the network and the registry's log-in, or choose another base image.")};
}

} // namespace

Result<void> ensureBaseImage(const Environment &environment, const Engine &engine, const Paths &paths, const Say &say,
                             const Cancelled &cancelled)
{
    const QString tag = environment.baseTag();
    const auto image = ImageName::fromText(environment.base.pull);
    if (!image)
        return Failure(Error{ErrorKind::Invalid, tr("\"%1\" is no image name.").arg(environment.base.pull), {}, {}});

    const auto present = isPresent(engine, tag);
    if (!present)
        return Failure(present.error());
    if (*present) {
        say(tr("%1 is there.").arg(tag));
        return {};
    }
    const auto pulledBefore = isPresent(engine, image->display());
    if (!pulledBefore)
        return Failure(pulledBefore.error());
    if (*pulledBefore)
        return step(tagImage(engine, image->display(), tag), inspectLimit, say, cancelled);

    auto pulled = pull(environment, *image, engine, tag, say, cancelled);
    if (pulled || pulled.error().kind == ErrorKind::Cancelled)
        return pulled;
    log(LogDomain::Environment).info("pull failed: {}", pulled.error().message.toStdString());
    if (!environment.base.makeFromHost)
        return Failure(notToBeHad(environment, pulled.error()));

    const RootFacts facts = RootFacts::ofThisMachine();
    say(tr("%1 can't be pulled; making a base from the packages of %2.")
            .arg(image->display(), facts.distribution.name));
    const auto recipe = rootRecipe(facts, paths);
    if (!recipe)
        return Failure(recipe.error());
    if (auto made = makeRoot(*recipe, say, cancelled); !made)
        return made;
    return step(importCommand(engine, *recipe, tag), importLimit, say, cancelled);
}

QList<Command> baseImageCommands(const Environment &environment, const Engine &engine, const Paths &paths)
{
    const auto image = ImageName::fromText(environment.base.pull);
    const QString name = image ? image->display() : environment.base.pull;
    const QString tag = environment.baseTag();
    QList<Command> commands{inspectImage(engine, tag), inspectImage(engine, name), pullImage(engine, name)};
    if (!environment.base.makeFromHost)
        return commands << tagImage(engine, name, tag);
    if (const auto recipe = rootRecipe(RootFacts::ofThisMachine(), paths))
        commands << recipe->commands << importCommand(engine, *recipe, tag);
    return commands;
}

} // namespace kernelyard
