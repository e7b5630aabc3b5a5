// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/inputchanges.h"

#include <QCoreApplication>
#include <QHash>
#include <QJsonArray>
#include <QJsonDocument>
#include <QRegularExpression>

#include <algorithm>
#include <optional>

using namespace Qt::StringLiterals;

namespace kernelyard {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("InputChanges", text);
}

/// In words; empty: none.
QString changeOf(const ContextFile &file, const ContextFile *was)
{
    if (!was)
        return tr("%1 is new").arg(file.path);
    const bool isHashed = !file.hash.isEmpty() && !was->hash.isEmpty();
    const bool isSame =
        isHashed ? file.hash == was->hash : file.sizeBytes == was->sizeBytes && file.modifiedMs == was->modifiedMs;
    if (!isSame)
        return tr("%1 changed").arg(file.path);
    const bool hasModes = file.mode != 0 && was->mode != 0;
    return hasModes && file.mode != was->mode ? tr("%1 has other permissions").arg(file.path) : QString();
}

bool isBelow(const QString &path, QString source)
{
    while (source.startsWith(u"./"_s) || source.startsWith(u'/'))
        source.remove(0, source.startsWith(u'/') ? 1 : 2);
    while (source.endsWith(u'/'))
        source.chop(1);
    if (source.isEmpty() || source == u".")
        return true;
    if (source.contains(u'*') || source.contains(u'?') || source.contains(u'['))
        return QRegularExpression(QRegularExpression::wildcardToRegularExpression(source)).match(path).hasMatch() ||
               QRegularExpression(QRegularExpression::wildcardToRegularExpression(source + u"/*"_s))
                   .match(path)
                   .hasMatch();
    return path == source || path.startsWith(source + u'/');
}

/// The instructions of the Dockerfile that \a instruction stands behind, in its stage; all where it is not found, for
/// engines show some with values put in.
QStringList standingBefore(const LayerInputs &inputs, const QString &instruction)
{
    QStringList found;
    for (const QString &line : inputs.instructions) {
        if (line == instruction)
            return found;
        if (line.startsWith(u"FROM "_s, Qt::CaseInsensitive) && inputs.instructions.contains(instruction))
            found.clear();
        found << line;
    }
    return found;
}

struct Argument
{
    std::optional<QString> value; ///< given, or its default; none: neither
    bool isDeclared = false;
};

Argument argumentOf(const LayerCommand &command, const QStringList &before, const QString &name)
{
    Argument made;
    for (const QString &line : before) {
        if (!line.startsWith(u"ARG "_s, Qt::CaseInsensitive))
            continue;
        const QString word = line.mid(4).trimmed();
        if (word.section(u'=', 0, 0) != name)
            continue;
        made.isDeclared = true;
        if (word.contains(u'='))
            made.value = word.section(u'=', 1);
    }
    for (const auto &[key, value] : command.arguments)
        if (key == name)
            made.value = value;
    return made;
}

using Pairs = QList<std::pair<QString, QString>>;

/// Of the arguments given, and those that \a lines of a Dockerfile declare; each once.
QStringList namesOf(const Pairs &now, const Pairs &before, const QStringList &lines)
{
    QStringList names;
    for (const Pairs &given : {now, before})
        for (const auto &[name, value] : given)
            names << name;
    for (const QString &line : lines)
        if (line.startsWith(u"ARG "_s, Qt::CaseInsensitive))
            names << line.mid(4).trimmed().section(u'=', 0, 0);
    names.removeDuplicates();
    return names;
}

QString wordsFor(const QString &argument, const std::optional<QString> &was, const std::optional<QString> &is)
{
    if (!was)
        return tr("%1 was not given, is “%2”").arg(argument, is.value_or(QString()));
    if (!is)
        return tr("%1 was “%2”, is not given").arg(argument, *was);
    return tr("%1 was “%2”, is “%3”").arg(argument, *was, *is);
}

/// Whether \a argument, put in at one place, makes all the difference between two instructions.
bool isDifference(const ChangedArgument &argument, const QString &was, const QString &is)
{
    const auto differs = std::mismatch(was.cbegin(), was.cend(), is.cbegin(), is.cend());
    const qsizetype same = differs.first - was.cbegin();
    // Its values may begin alike.
    for (qsizetype at = same; at >= 0 && at >= same - argument.was.size(); --at)
        if (QStringView(was).sliced(at).startsWith(argument.was) &&
            QStringView(is).sliced(at).startsWith(argument.is) &&
            QStringView(was).sliced(at + argument.was.size()) == QStringView(is).sliced(at + argument.is.size()))
            return true;
    return false;
}

} // namespace

QStringList copySources(const QString &instruction)
{
    static const QRegularExpression copy(u"^(COPY|ADD)\\s+"_s, QRegularExpression::CaseInsensitiveOption);
    if (!copy.match(instruction).hasMatch() || instruction.contains(u"--from="_s))
        return {};
    QString rest = instruction;
    rest.remove(copy);
    QStringList words;
    if (const qsizetype list = rest.indexOf(u'['); list >= 0 && rest.endsWith(u']'))
        for (const QJsonValue word : QJsonDocument::fromJson(rest.mid(list).toUtf8()).array())
            words << word.toString();
    else
        words = rest.split(u' ', Qt::SkipEmptyParts);
    words.removeIf([](const QString &word) { return word.startsWith(u"--"_s); });
    if (!words.isEmpty())
        words.removeLast(); // the destination
    words.removeIf([](const QString &word) { return word.contains(u"://"_s); });
    return words;
}

QStringList changedFiles(const LayerInputs &now, const LayerInputs &before, const QStringList &sources)
{
    QHash<QString, const ContextFile *> old;
    for (const ContextFile &file : before.files)
        old.insert(file.path, &file);
    QStringList changes;
    const auto isMeant = [&](const QString &path) {
        return std::any_of(sources.cbegin(), sources.cend(), [&](const QString &s) { return isBelow(path, s); });
    };
    for (const ContextFile &file : now.files) {
        const ContextFile *const was = old.take(file.path);
        if (!isMeant(file.path))
            continue;
        if (const QString change = changeOf(file, was); !change.isEmpty())
            changes << change;
    }
    for (auto gone = old.cbegin(); gone != old.cend(); ++gone)
        if (isMeant(gone.key()))
            changes << tr("%1 is gone").arg(gone.key());
    std::sort(changes.begin(), changes.end());
    return changes;
}

QList<ChangedArgument> changedArguments(const LayerCommand &now, const LayerCommand &before, const LayerInputs *is,
                                        const LayerInputs *was, const QString &instruction)
{
    const bool isKnown = is && was && !is->instructions.isEmpty() && !was->instructions.isEmpty();
    const QStringList linesNow = isKnown ? standingBefore(*is, instruction) : QStringList();
    const QStringList linesBefore = isKnown ? standingBefore(*was, instruction) : QStringList();
    const bool seesAll = !isKnown && instruction.startsWith(u"RUN "_s, Qt::CaseInsensitive);
    QList<ChangedArgument> changes;
    for (const QString &name : namesOf(now.arguments, before.arguments, linesNow)) {
        const Argument next = argumentOf(now, linesNow, name);
        const Argument last = argumentOf(before, linesBefore, name);
        const bool isSeen = seesAll || next.isDeclared || instruction.contains(name);
        if (isSeen && next.value != last.value)
            changes.append({name, last.value.value_or(QString()), next.value.value_or(QString()),
                            wordsFor(name, last.value, next.value)});
    }
    return changes;
}

QStringList textsOf(const QList<ChangedArgument> &arguments)
{
    QStringList texts;
    for (const ChangedArgument &argument : arguments)
        texts << argument.text;
    return texts;
}

QStringList explaining(const QList<ChangedArgument> &arguments, const QString &was, const QString &is)
{
    for (const ChangedArgument &argument : arguments)
        if (isDifference(argument, was, is) ||
            (!argument.was.isEmpty() && was != is && QString(was).replace(argument.was, argument.is) == is))
            return {argument.text};
    QString text = was;
    for (const ChangedArgument &argument : arguments)
        if (!argument.was.isEmpty())
            text.replace(argument.was, argument.is);
    return text == is && was != is ? textsOf(arguments) : QStringList();
}

QStringList changedSettings(const LayerInputs &is, const LayerInputs &was, const QString &instruction)
{
    const bool isShown = is.instructions.contains(instruction);
    static const QRegularExpression setting(u"^(ENV|USER|SHELL|WORKDIR)\\s"_s,
                                            QRegularExpression::CaseInsensitiveOption);
    static const QRegularExpression own(u"^(ENV|USER|SHELL|WORKDIR|RUN|COPY|ADD)\\s"_s,
                                        QRegularExpression::CaseInsensitiveOption);
    const QStringList now = standingBefore(is, instruction).filter(isShown ? setting : own);
    const QStringList before = standingBefore(was, instruction).filter(isShown ? setting : own);
    for (qsizetype i = 0; i < std::max(now.size(), before.size()); ++i) {
        if (now.value(i) == before.value(i))
            continue;
        const QString old = before.value(i).isEmpty() ? tr("none") : before.value(i);
        const QString next = now.value(i).isEmpty() ? tr("none") : now.value(i);
        return {tr("was: %1").arg(old), tr("is: %1").arg(next)};
    }
    return {};
}

} // namespace kernelyard
