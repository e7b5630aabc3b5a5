// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/environment/yaml.h"

#include <QStringList>

#include <functional>
#include <optional>

namespace kernelyard {

/// Reads checked values out of a YAML document and keeps the first error. After an error every call gives an empty
/// value, so a reader of a format is written straight down and asks once at its end.
class YamlReader
{
public:
    explicit YamlReader(QString file)
        : m_file(std::move(file))
    {}

    /// \a value must be a mapping with no other keys than \a known and none twice; \a what names it in errors.
    bool mapping(const YamlValue &value, const QString &what, const QStringList &known);

    const YamlValue *find(const YamlValue &map, const QString &key) const; ///< nullptr: not there
    const YamlValue *require(const YamlValue &map, const QString &what, const QString &key);

    enum class Empty { Refused, Allowed };
    /// Text of one line or more; numbers and true/false as they are written. Where empty text is allowed it must be
    /// written as "".
    QString text(const YamlValue &value, const QString &what, Empty empty = Empty::Refused);
    bool flag(const YamlValue &value, const QString &what); ///< true or false, not quoted
    QList<YamlValue> list(const YamlValue &value, const QString &what);
    QStringList texts(const YamlValue &value, const QString &what);

    void fail(const YamlValue &at, const QString &message, const QString &remedy = {});
    const std::optional<Error> &error() const { return m_error; }

private:
    QString m_file;
    std::optional<Error> m_error;
};

/// The word of \a known that \a word was probably meant to be; empty when none is near.
QString nearest(const QString &word, const QStringList &known);

} // namespace kernelyard
