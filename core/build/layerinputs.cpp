// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/layerinputs.h"

#include "core/process/run.h"

#include <QCryptographicHash>
#include <QDirIterator>
#include <QElapsedTimer>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QRegularExpression>
#include <QSet>

#include <sys/stat.h>

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace kernelyard {

namespace {

constexpr int version = 1;
constexpr qsizetype mostFiles = 50'000;
constexpr qint64 mostHashedBytes = 512 << 20;
constexpr qint64 hashingLimitMs = 3000;

/// $NAME and ${NAME} and ${NAME:-default}; none where a name has no value.
std::optional<QString> withArguments(QString text, const QHash<QString, QString> &values)
{
    static const QRegularExpression name(uR"(\$(?:\{(\w+)(?::?[-+]([^}]*))?\}|(\w+)))"_s);
    for (;;) {
        const QRegularExpressionMatch match = name.match(text);
        if (!match.hasMatch())
            return text;
        const QString key = match.captured(1) + match.captured(3);
        QString value = values.value(key);
        if (value.isEmpty())
            value = match.captured(2);
        if (value.isEmpty() || value.contains(u'$'))
            return {};
        text.replace(match.capturedStart(), match.capturedLength(), value);
    }
}

/// One line of .dockerignore, in Go's filepath.Match syntax with ** for any folders. It matches what lies below too.
QRegularExpression ignorePattern(QString pattern)
{
    while (pattern.startsWith(u'/') || pattern.startsWith(u"./"_s))
        pattern.remove(0, pattern.startsWith(u'/') ? 1 : 2);
    while (pattern.endsWith(u'/'))
        pattern.chop(1);
    QString expression = u"^"_s;
    for (qsizetype i = 0; i < pattern.size(); ++i) {
        if (QStringView(pattern).sliced(i).startsWith(u"**/")) {
            expression += u"(?:.*/)?"_s;
            i += 2;
        } else if (QStringView(pattern).sliced(i).startsWith(u"**")) {
            expression += u".*"_s;
            ++i;
        } else if (pattern[i] == u'*') {
            expression += u"[^/]*"_s;
        } else if (pattern[i] == u'?') {
            expression += u"[^/]"_s;
        } else {
            expression += QRegularExpression::escape(pattern.mid(i, 1));
        }
    }
    return QRegularExpression(expression + u"(?:/.*)?$"_s);
}

QStringList readIgnore(const LayerCommand &command)
{
    // BuildKit and Buildah prefer one beside the Dockerfile.
    for (const QString &name :
         {QString(command.dockerfile + u".dockerignore"), QString(command.context + u"/.dockerignore"),
          QString(command.context + u"/.containerignore")}) {
        QFile file(name);
        if (!command.context.isEmpty() && file.open(QIODevice::ReadOnly))
            return QString::fromUtf8(file.readAll()).split(u'\n');
    }
    return {};
}

void readContext(const LayerCommand &command, LayerInputs &inputs)
{
    const QStringList ignore = readIgnore(command);
    QElapsedTimer clock;
    clock.start();
    qint64 hashed = 0;
    QDirIterator entries(command.context, QDir::AllEntries | QDir::Hidden | QDir::System | QDir::NoDotAndDotDot,
                         QDirIterator::Subdirectories);
    while (entries.hasNext()) {
        const QFileInfo info = entries.nextFileInfo();
        if (info.isDir() && !info.isSymLink())
            continue;
        const QString path = info.filePath().mid(command.context.size() + 1);
        if (!ignore.isEmpty() && isIgnored(ignore, path))
            continue;
        if (inputs.files.size() >= mostFiles || clock.elapsed() > 2 * hashingLimitMs) {
            inputs.isWhole = false;
            break;
        }
        struct stat status
        {};
        if (lstat(QFile::encodeName(info.filePath()).constData(), &status) != 0)
            continue; // gone since
        ContextFile entry{
            path, qint64(status.st_size), info.lastModified().toMSecsSinceEpoch(), {}, int(status.st_mode & 07777)};
        QCryptographicHash hash(QCryptographicHash::Sha1);
        if (S_ISLNK(status.st_mode)) {
            entry.modifiedMs = qint64(status.st_mtim.tv_sec) * 1000 + status.st_mtim.tv_nsec / 1'000'000;
            hash.addData(QFile::encodeName(info.symLinkTarget()));
            entry.hash = hash.result().toHex();
        } else if (QFile file(info.filePath()); S_ISREG(status.st_mode) &&
                                                hashed + entry.sizeBytes <= mostHashedBytes &&
                                                clock.elapsed() < hashingLimitMs && file.open(QIODevice::ReadOnly)) {
            if (hash.addData(&file))
                entry.hash = hash.result().toHex();
            hashed += entry.sizeBytes;
        }
        inputs.files.append(entry);
    }
    std::sort(inputs.files.begin(), inputs.files.end(),
              [](const ContextFile &a, const ContextFile &b) { return a.path < b.path; });
}

} // namespace

LayerCommand layerCommand(const Task &task)
{
    LayerCommand command;
    const QStringList &words = task.command.arguments;
    if (task.kind != TaskKind::Layer || !words.contains(u"build"_s))
        return command;
    for (qsizetype i = 0; i + 1 < words.size(); ++i) {
        if (words[i] == u"--file" || words[i] == u"-f")
            command.dockerfile = words[i + 1];
        else if (words[i] == u"--build-arg")
            command.arguments.append({words[i + 1].section(u'=', 0, 0), words[i + 1].section(u'=', 1)});
        else if (words[i] == u"--no-cache")
            command.noCache = true;
    }
    command.context = words.last();
    while (command.context.size() > 1 && command.context.endsWith(u'/'))
        command.context.chop(1);
    return command;
}

QStringList instructionsOf(QByteArrayView dockerfile)
{
    static const QRegularExpression document(uR"(<<-?["']?([A-Za-z_]\w*)["']?)"_s);
    QStringList lines;
    QString open, end;
    for (const QByteArray &bytes : dockerfile.toByteArray().split('\n')) {
        QString line = QString::fromUtf8(bytes).trimmed();
        if (!end.isEmpty()) { // within a here-document
            if (line == end)
                end.clear();
            lines.last() += u' ' + line;
            continue;
        }
        if (line.startsWith(u'#') || (line.isEmpty() && open.isEmpty()))
            continue;
        const bool goesOn = line.endsWith(u'\\');
        if (goesOn)
            line.chop(1);
        open += line + u' ';
        if (goesOn)
            continue;
        lines << std::exchange(open, {}).simplified();
        if (const auto match = document.match(lines.last()); match.hasMatch())
            end = match.captured(1);
    }
    return lines;
}

QStringList imagesOf(QByteArrayView dockerfile, const QList<std::pair<QString, QString>> &arguments)
{
    QHash<QString, QString> given;
    for (const auto &[name, value] : arguments)
        given.insert(name, value);
    QHash<QString, QString> values;
    QStringList images;
    QSet<QString> stages;
    const auto add = [&](const QString &word) {
        const auto image = withArguments(word, values);
        if (image && !stages.contains(image->toLower()) && *image != u"scratch" && !images.contains(*image))
            images << *image;
    };
    static const QRegularExpression from(u"^FROM\\s+(?:--\\S+\\s+)*(\\S+)(?:\\s+AS\\s+(\\S+))?"_s,
                                         QRegularExpression::CaseInsensitiveOption);
    static const QRegularExpression argument(u"^ARG\\s+(\\w+)(?:=(\\S*))?"_s,
                                             QRegularExpression::CaseInsensitiveOption);
    static const QRegularExpression copy(u"^COPY\\s.*--from=(\\S+)"_s, QRegularExpression::CaseInsensitiveOption);
    for (const QString &line : instructionsOf(dockerfile)) {
        if (const auto match = argument.match(line); match.hasMatch() && stages.isEmpty() && images.isEmpty()) {
            QString value = match.captured(2);
            if (value.size() > 1 && value.startsWith(u'"') && value.endsWith(u'"'))
                value = value.mid(1, value.size() - 2);
            values.insert(match.captured(1), given.value(match.captured(1), value));
        } else if (const auto stage = from.match(line); stage.hasMatch()) {
            add(stage.captured(1));
            if (!stage.captured(2).isEmpty())
                stages.insert(stage.captured(2).toLower());
        } else if (const auto source = copy.match(line); source.hasMatch()) {
            bool isNumber = false;
            source.captured(1).toInt(&isNumber);
            if (!isNumber)
                add(source.captured(1));
        }
    }
    return images;
}

bool isIgnored(const QStringList &patterns, const QString &path)
{
    bool ignored = false;
    for (const QString &line : patterns) {
        QString pattern = line.trimmed();
        if (pattern.isEmpty() || pattern.startsWith(u'#'))
            continue;
        const bool takesBack = pattern.startsWith(u'!');
        if (takesBack)
            pattern = pattern.mid(1).trimmed();
        if (ignorePattern(pattern).match(path).hasMatch())
            ignored = !takesBack;
    }
    return ignored;
}

LayerInputs gatherLayerInputs(const Task &task, const Engine &engine)
{
    LayerInputs inputs;
    inputs.task = task.name;
    const LayerCommand command = layerCommand(task);
    QFile dockerfile(command.dockerfile);
    if (command.dockerfile.isEmpty() || !dockerfile.open(QIODevice::ReadOnly))
        return inputs;
    const QByteArray text = dockerfile.readAll();
    inputs.instructions = instructionsOf(text);
    readContext(command, inputs);
    for (const QString &image : imagesOf(text, command.arguments)) {
        const auto asked =
            run({engine.program,
                 engine.globalArguments + QStringList{u"image"_s, u"inspect"_s, u"--format"_s, u"{{.Id}}"_s, image},
                 {},
                 {}},
                5s);
        if (asked && asked->exitCode == 0)
            inputs.images.append({image, QString::fromLatin1(asked->out).trimmed()});
    }
    return inputs;
}

QByteArray toJson(const QList<LayerInputs> &all)
{
    QJsonArray layers;
    for (const LayerInputs &inputs : all) {
        QJsonArray images, files;
        for (const auto &[image, id] : inputs.images)
            images.append(QJsonArray{image, id});
        for (const ContextFile &file : inputs.files)
            files.append(
                QJsonArray{file.path, file.sizeBytes, file.modifiedMs, QString::fromLatin1(file.hash), file.mode});
        layers.append(QJsonObject{{u"task"_s, inputs.task},
                                  {u"images"_s, images},
                                  {u"files"_s, files},
                                  {u"instructions"_s, QJsonArray::fromStringList(inputs.instructions)},
                                  {u"isWhole"_s, inputs.isWhole}});
    }
    return QJsonDocument(QJsonObject{{u"version"_s, version}, {u"layers"_s, layers}}).toJson(QJsonDocument::Compact);
}

QList<LayerInputs> layerInputsFromJson(const QByteArray &json)
{
    const QJsonObject object = QJsonDocument::fromJson(json).object();
    QList<LayerInputs> all;
    if (object.value(u"version"_s).toInt() != version)
        return all;
    for (const QJsonValue value : object.value(u"layers"_s).toArray()) {
        const QJsonObject layer = value.toObject();
        LayerInputs inputs;
        inputs.task = layer.value(u"task"_s).toString();
        inputs.isWhole = layer.value(u"isWhole"_s).toBool();
        inputs.instructions = layer.value(u"instructions"_s).toVariant().toStringList();
        for (const QJsonValue image : layer.value(u"images"_s).toArray())
            inputs.images.append({image.toArray().at(0).toString(), image.toArray().at(1).toString()});
        for (const QJsonValue item : layer.value(u"files"_s).toArray()) {
            const QJsonArray file = item.toArray();
            inputs.files.append({file.at(0).toString(), file.at(1).toInteger(), file.at(2).toInteger(),
                                 file.at(3).toString().toLatin1(), file.at(4).toInt()});
        }
        all.append(inputs);
    }
    return all;
}

} // namespace kernelyard
