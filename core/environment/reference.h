// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QString>

#include <functional>
#include <optional>

namespace kernelyard {

/// A `${…}` in a text of an environment file: what stands between the braces, split at the first colon.
struct Reference
{
    QString kind; ///< base, layer, choice, script, …
    QString name; ///< empty where the kind needs none
    qsizetype offset = 0;

    QString display() const; ///< ${layer:wheels}
};

/// The references of \a text in order. `$$` is a plain dollar. nullopt: a `${` without its `}`.
std::optional<QList<Reference>> referencesIn(const QString &text);

/// Whether `$$` is left for a pass to come, or becomes the plain dollar it stands for.
enum class Pass { Early, Last };

/// \a text with each reference replaced by what \a value gives; nullopt leaves that one as it stands.
QString substituted(const QString &text, const std::function<std::optional<QString>(const Reference &)> &value,
                    Pass pass);

} // namespace kernelyard
