// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/process/command.h"

#include <QJsonArray>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace kernelyard {

static bool isPlain(QChar c)
{
    return (c.unicode() < 128 && c.isLetterOrNumber()) || u"_@%+=:,./-"_s.contains(c);
}

static QString quoted(const QString &word)
{
    if (!word.isEmpty() && std::all_of(word.begin(), word.end(), isPlain))
        return word;
    QString inner = word;
    return u'\'' + inner.replace(u"'"_s, u"'\\''"_s) + u'\'';
}

QString Command::display() const
{
    QStringList words;
    for (const auto &[name, value] : environment)
        words << name + u'=' + quoted(value);
    words << quoted(program);
    for (const QString &argument : arguments)
        words << quoted(argument);
    const QString line = words.join(u' ');
    return workingDirectory.isEmpty() ? line : QString(u"cd "_s + quoted(workingDirectory) + u" && " + line);
}

QJsonObject Command::toJson() const
{
    QJsonObject object{{u"program"_s, program}, {u"arguments"_s, QJsonArray::fromStringList(arguments)}};
    if (!workingDirectory.isEmpty())
        object.insert(u"workingDirectory"_s, workingDirectory);
    if (!environment.isEmpty()) {
        QJsonArray variables;
        for (const auto &[name, value] : environment)
            variables.append(QJsonArray{name, value});
        object.insert(u"environment"_s, variables);
    }
    return object;
}

Command Command::fromJson(const QJsonObject &object)
{
    Command command;
    command.program = object.value(u"program"_s).toString();
    for (const QJsonValue argument : object.value(u"arguments"_s).toArray())
        command.arguments << argument.toString();
    command.workingDirectory = object.value(u"workingDirectory"_s).toString();
    for (const QJsonValue pair : object.value(u"environment"_s).toArray())
        command.environment.append({pair.toArray().at(0).toString(), pair.toArray().at(1).toString()});
    return command;
}

} // namespace kernelyard
