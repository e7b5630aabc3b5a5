// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/environment/yaml.h"

#include <QCoreApplication>
#include <QStringDecoder>

#include <yaml-cpp/yaml.h>

#include <sstream>

using namespace Qt::StringLiterals;

namespace kernelyard {

namespace {

constexpr int nodeLimit = 100'000;

struct TooManyNodes
{
    YAML::Mark mark;
};

TextPosition position(const YAML::Mark &mark)
{
    return {mark.line + 1, mark.column + 1};
}

YamlValue converted(const YAML::Node &node, int &count)
{
    if (++count > nodeLimit)
        throw TooManyNodes{node.Mark()};
    YamlValue value;
    value.at = position(node.Mark());
    switch (node.Type()) {
    case YAML::NodeType::Undefined:
    case YAML::NodeType::Null:
        break;
    case YAML::NodeType::Scalar:
        value.kind = YamlValue::Kind::Scalar;
        value.text = QString::fromStdString(node.Scalar());
        value.quoted = node.Tag() == "!"; // yaml-cpp: "?" for plain scalars, "!" for quoted ones
        break;
    case YAML::NodeType::Sequence:
        value.kind = YamlValue::Kind::Sequence;
        for (const YAML::Node &item : node)
            value.items.append(converted(item, count));
        break;
    case YAML::NodeType::Map:
        value.kind = YamlValue::Kind::Mapping;
        for (const auto &pair : node) {
            YamlValue key = converted(pair.first, count);
            YamlValue content = converted(pair.second, count);
            if (content.kind == YamlValue::Kind::Null)
                content.at = key.at; // the library puts "nothing" at the token that follows it
            value.pairs.append({std::move(key), std::move(content)});
        }
        break;
    }
    return value;
}

QString tr(const char *text)
{
    return QCoreApplication::translate("Yaml", text);
}

TextPosition positionOfByte(const QByteArray &text, qsizetype offset)
{
    const qsizetype lineStart = offset == 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1;
    return {static_cast<int>(text.first(offset).count('\n')) + 1, static_cast<int>(offset - lineStart) + 1};
}

} // namespace

Error errorAt(const QString &file, TextPosition at, const QString &message, const QString &remedy)
{
    return {ErrorKind::Invalid, u"%1:%2:%3: %4"_s.arg(file).arg(at.line).arg(at.column).arg(message), {}, remedy};
}

Result<YamlValue> parseYaml(const QByteArray &yaml, const QString &file)
{
    if (const qsizetype zero = yaml.indexOf('\0'); zero >= 0)
        return Failure(errorAt(file, positionOfByte(yaml, zero), tr("a zero byte: this is no text file.")));
    QStringDecoder decoder(QStringDecoder::Utf8, QStringDecoder::Flag::Stateless);
    [[maybe_unused]] const QString decoded = decoder.decode(yaml);
    if (decoder.hasError()) {
        qsizetype offset = 0; // the first line that does not decode
        for (qsizetype end = 0; end >= 0 && offset < yaml.size(); offset = end + 1) {
            end = yaml.indexOf('\n', offset);
            QStringDecoder lineDecoder(QStringDecoder::Utf8, QStringDecoder::Flag::Stateless);
            [[maybe_unused]] const QString line = lineDecoder.decode(yaml.sliced(offset, end < 0 ? -1 : end - offset));
            if (lineDecoder.hasError() || end < 0)
                break;
        }
        return Failure(
            errorAt(file, positionOfByte(yaml, offset), tr("this line is not UTF-8."), tr("Save the file as UTF-8.")));
    }
    try {
        std::istringstream stream(yaml.toStdString());
        const std::vector<YAML::Node> documents = YAML::LoadAll(stream);
        if (documents.empty())
            return YamlValue{};
        if (documents.size() > 1)
            return Failure(errorAt(file, position(documents.at(1).Mark()),
                                   tr("a second document begins; one file describes one thing.")));
        int count = 0;
        return converted(documents.front(), count);
    } catch (const TooManyNodes &tooMany) {
        return Failure(errorAt(file, position(tooMany.mark), tr("the aliases unfold to more than 100,000 nodes.")));
    } catch (const YAML::Exception &exception) {
        Error error = errorAt(file, exception.mark.is_null() ? TextPosition{} : position(exception.mark),
                              tr("this is not valid YAML: %1.").arg(QString::fromStdString(exception.msg)));
        return Failure(error);
    }
}

} // namespace kernelyard
