// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/preflight/stack.h"

#include "core/build/architecturechoice.h"

#include <QRegularExpression>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace kernelyard {

Version cudaOfTag(const QString &tag)
{
    static const QRegularExpression form(u"^cu(\\d{1,2})(\\d)$"_s);
    const auto match = form.match(tag);
    return match.hasMatch() ? Version(QString(match.captured(1) + u'.' + match.captured(2))) : Version();
}

Result<Stack> stackOf(const Environment &environment, const ChosenValues &chosen)
{
    const Result<ChosenValues> values = effectiveChoices(environment, chosen);
    if (!values)
        return Failure(values.error());
    const Result<Environment> made = withChoices(environment, chosen);
    if (!made)
        return Failure(made.error());
    const auto value = [&values](QStringView name) {
        for (const auto &[key, text] : *values)
            if (key == name)
                return text.trimmed();
        return QString();
    };
    Stack stack;
    stack.environment = environment.name;
    stack.baseImage = made->base.pull;
    stack.cuda = cudaOfImage(stack.baseImage);
    stack.isDevel = stack.baseImage.contains("-devel"_L1);
    stack.cudaTag = value(u"cuda-tag");
    stack.torch = Version(value(u"torch-version"));
    stack.python = Version(value(u"python-version"));
    stack.jobs = value(u"jobs").toInt();
    if (environment.fork) {
        stack.package = environment.fork->name;
        static const QRegularExpression release(u"^v?(\\d+\\.\\d+\\.\\d+(?:\\.post\\d+)?)$"_s);
        if (const auto match = release.match(value(u"first-build-ref")); match.hasMatch())
            stack.packageVersion = match.captured(1);
    }
    static const QRegularExpression separators(u"[;,\\s]+"_s);
    for (const Choice &choice : environment.choices)
        if (choice.detectsArchitectures || choice.name == "cuda-architectures"_L1) {
            stack.capabilities = value(choice.name).split(separators, Qt::SkipEmptyParts);
            stack.detects = choice.detectsArchitectures && !choice.own &&
                            std::none_of(chosen.cbegin(), chosen.cend(),
                                         [&choice](const auto &pair) { return pair.first == choice.name; });
        }
    return stack;
}

} // namespace kernelyard
