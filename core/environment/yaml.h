// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <QByteArray>
#include <QList>
#include <QString>

#include <utility>

namespace kernelyard {

/// A place in a text, from 1 on.
struct TextPosition
{
    int line = 1;
    int column = 1;
};

/// One node of a YAML document, with where it stands. Scalars keep their text (12.0 stays "12.0"); mappings keep
/// their order and their duplicate keys, for the reader to refuse.
struct YamlValue
{
    enum class Kind { Null, Scalar, Sequence, Mapping };

    Kind kind = Kind::Null;
    QString text;
    bool quoted = false;
    QList<YamlValue> items;
    QList<std::pair<YamlValue, YamlValue>> pairs;
    TextPosition at;
};

/// Parses one YAML document. The only place that meets the library and its exceptions. Errors: Invalid, with line and
/// column; also for more than one document, for text that is not UTF-8, and for aliases that unfold to over 100,000
/// nodes.
Result<YamlValue> parseYaml(const QByteArray &yaml, const QString &file);

/// An Invalid error at a place: "FILE:LINE:COLUMN: MESSAGE".
Error errorAt(const QString &file, TextPosition at, const QString &message, const QString &remedy = {});

} // namespace kernelyard
