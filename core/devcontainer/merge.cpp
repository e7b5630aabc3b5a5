// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/devcontainer/merge.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace kernelyard {
namespace {

const ConfigurationEntry *find(const Configuration &configuration, const QStringList &path)
{
    const auto it = std::ranges::find(configuration, path, &ConfigurationEntry::path);
    return it == configuration.end() ? nullptr : &*it;
}

/// The user's list with what we no longer say taken out and what we say anew put to its end.
QJsonArray mergedList(const QJsonArray &users, const QJsonArray &before, const QJsonArray &now, const QStringList &path)
{
    const QList<QJsonArray> were = unitsOf(before, path), are = unitsOf(now, path);
    QList<QJsonArray> merged;
    for (const QJsonArray &unit : unitsOf(users, path))
        if (!were.contains(unit) || are.contains(unit))
            merged << unit;
    for (const QJsonArray &unit : are)
        if (!were.contains(unit) && !merged.contains(unit))
            merged << unit;
    return joined(merged);
}

/// The order of words in a command matters: such a list is one value.
bool isCommand(const QStringList &path)
{
    return path.last().endsWith(u"Command");
}

} // namespace

MergedConfiguration mergeConfiguration(const CommentedJson &existing, const Configuration &before,
                                       const Configuration &now, const QList<QStringList> &forced)
{
    MergedConfiguration merged{existing, {}};
    for (const ConfigurationEntry &old : before) {
        if (find(now, old.path))
            continue;
        const auto current = merged.json.value(old.path);
        if (!current)
            continue;
        if (*current == old.value || forced.contains(old.path)) {
            merged.json.remove(old.path, old.comment);
        } else if (current->isArray() && old.value.isArray() && !isCommand(old.path)) {
            const QJsonArray left = mergedList(current->toArray(), old.value.toArray(), {}, old.path);
            if (left.isEmpty())
                merged.json.remove(old.path, old.comment);
            else
                merged.json.set(old.path, left);
        } else {
            merged.kept.append({old.path, *current, QJsonValue(QJsonValue::Undefined)});
        }
    }
    for (const ConfigurationEntry &entry : now) {
        const ConfigurationEntry *old = find(before, entry.path);
        if (!merged.json.canHold(entry.path)) {
            merged.kept.append({entry.path, QJsonValue(), entry.value});
            continue;
        }
        const auto current = merged.json.value(entry.path);
        if (current && *current == entry.value)
            continue;
        if (!current) {
            // What the user took away stays away, unless there is something new to say.
            if (!old || old->value != entry.value || forced.contains(entry.path))
                merged.json.set(entry.path, entry.value, entry.comment);
            else
                merged.kept.append({entry.path, QJsonValue(QJsonValue::Undefined), entry.value});
        } else if (current->isArray() && entry.value.isArray() && !isCommand(entry.path)) {
            merged.json.set(entry.path, mergedList(current->toArray(), old ? old->value.toArray() : QJsonArray(),
                                                   entry.value.toArray(), entry.path));
        } else if ((old && *current == old->value) || forced.contains(entry.path)) {
            merged.json.set(entry.path, entry.value);
        } else if (!old || old->value != entry.value) { // else theirs since the last time: nothing new to tell
            merged.kept.append({entry.path, *current, entry.value});
        }
    }
    for (const QStringList &path : forced)
        if (!find(now, path))
            merged.json.remove(path); // their own overrides say that it is not to be there
    return merged;
}

} // namespace kernelyard
