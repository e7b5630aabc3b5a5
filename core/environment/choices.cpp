// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/environment/choices.h"

#include "core/environment/imagename.h"
#include "core/environment/reference.h"

#include <QCoreApplication>
#include <QDir>
#include <QUrl>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace kernelyard {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("Environment", text);
}

Error invalid(const QString &message, const QString &remedy)
{
    return {ErrorKind::Invalid, message, {}, remedy};
}

Error unknownChoice(const Environment &environment, const QString &name)
{
    QStringList known;
    for (const Choice &choice : environment.choices)
        known << choice.name;
    return invalid(tr("%1 has no choice \"%2\".").arg(environment.name, name),
                   known.isEmpty() ? tr("This environment leaves nothing to choose.")
                                   : tr("Choose among: %1.").arg(known.join(u", "_s)));
}

std::optional<Error> refused(const Environment &environment, const Choice &choice, const QString &value)
{
    if (!choice.values.isEmpty() && !choice.values.contains(value))
        return invalid(tr("%1: \"%2\" is no value of %3.").arg(environment.name, value, choice.name),
                       tr("Allowed are: %1.").arg(choice.values.join(u", "_s)));
    if (choice.isFolder && !QDir::isAbsolutePath(value))
        return invalid(tr("%1: %2 must be a folder's absolute path, and \"%3\" is none.")
                           .arg(environment.name, choice.name, value),
                       tr("Give the whole path, beginning with /."));
    const QUrl url(value); // over HTTP a name alone is a token, as a rule
    if (!url.password().isEmpty() || (url.scheme().startsWith(u"http"_s) && !url.userName().isEmpty()))
        return invalid(
            tr("%1: the value of %2 holds a password or a token, which would stand in plans, logs and images.")
                .arg(environment.name, choice.name),
            tr("Leave it out of the address and let git's credential helper or the engine's log-in supply it."));
    if (std::ranges::any_of(value, [](QChar c) { return c.unicode() < 32 || c.unicode() == 127; }))
        return invalid(tr("%1: the value of %2 holds control characters.").arg(environment.name, choice.name),
                       tr("Give it as one line of text."));
    return {};
}

QString defaultPull(const Environment &environment)
{
    return substituted(
        environment.base.pull,
        [&](const Reference &reference) -> std::optional<QString> {
            const auto it = std::ranges::find(environment.choices, reference.name, &Choice::name);
            return it == environment.choices.end() ? std::nullopt : std::optional(it->defaultValue);
        },
        Pass::Last);
}

} // namespace

Result<ChosenValues> effectiveChoices(const Environment &environment, const ChosenValues &chosen)
{
    for (const auto &[name, value] : chosen)
        if (std::ranges::find(environment.choices, name, &Choice::name) == environment.choices.end())
            return Failure(unknownChoice(environment, name));
    ChosenValues values;
    for (const Choice &choice : environment.choices) {
        QString value = choice.value();
        for (const auto &[name, given] : chosen)
            if (name == choice.name)
                value = given;
        if (auto error = refused(environment, choice, value))
            return Failure(*error);
        values.append({choice.name, value});
    }
    return values;
}

ChosenValues madeChoices(const Environment &environment, const ChosenValues &values)
{
    ChosenValues made;
    for (const auto &value : values)
        for (const Choice &choice : environment.choices)
            if (choice.name == value.first && (choice.own || choice.defaultValue != value.second))
                made.append(value);
    return made;
}

ChosenValues changedChoices(const ChosenValues &wanted, const ChosenValues &before)
{
    ChosenValues changed;
    for (const auto &[name, value] : wanted)
        for (const auto &[oldName, oldValue] : before)
            if (name == oldName && value != oldValue)
                changed.append({name, value});
    return changed;
}

Result<Environment> withChoices(const Environment &environment, const ChosenValues &chosen)
{
    const auto values = effectiveChoices(environment, chosen);
    if (!values)
        return Failure(values.error());
    const auto replace = [&](QString &text) {
        text = substituted(
            text,
            [&](const Reference &reference) -> std::optional<QString> {
                if (reference.kind != u"choice")
                    return {};
                for (const auto &[name, value] : *values)
                    if (name == reference.name)
                        return QString(value).replace(u"$"_s, u"$$"_s); // a later pass takes $$ back to $
                return {};
            },
            Pass::Early);
    };
    const auto replaceLast = [&](QString &text) {
        replace(text);
        text = substituted(
            text, [](const Reference &) { return std::nullopt; }, Pass::Last);
    };
    Environment result = environment;
    replaceLast(result.base.pull);
    // A root of the distribution's packages can stand in for the default base alone, not for whatever was chosen.
    if (result.base.makeFromHost && result.base.pull != defaultPull(environment))
        result.base.makeFromHost = false;
    if (!ImageName::fromText(result.base.pull))
        return Failure(
            invalid(tr("%1: the base image \"%2\" is no image name.").arg(environment.name, result.base.pull),
                    tr("Choose a name such as docker.io/library/debian:12-slim.")));
    for (Layer &layer : result.layers) {
        if (layer.context.startsWith(u"${"))
            replaceLast(layer.context);
        for (auto &[name, value] : layer.arguments)
            replace(value);
    }
    if (result.fork)
        replaceLast(result.fork->url);
    if (result.validation)
        for (QString &word : result.validation->command)
            replace(word);
    return result;
}

} // namespace kernelyard
