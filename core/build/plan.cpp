// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/plan.h"

#include <QCoreApplication>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>

#include <array>
#include <cerrno>

using namespace Qt::StringLiterals;

namespace kernelyard {

template <class Enum>
struct Word
{
    Enum value;
    QStringView text;
};

static constexpr auto kindWords = std::to_array<Word<TaskKind>>({
    {TaskKind::Base, u"base"},
    {TaskKind::Layer, u"layer"},
    {TaskKind::Fork, u"fork"},
    {TaskKind::Validation, u"validation"},
    {TaskKind::Transfer, u"transfer"},
    {TaskKind::Container, u"container"},
});
static constexpr auto formatWords = std::to_array<Word<OutputFormat>>({
    {OutputFormat::Plain, u"plain"},
    {OutputFormat::Podman, u"podman"},
    {OutputFormat::Classic, u"classic"},
    {OutputFormat::RawJson, u"rawjson"},
});

template <class Words, class Enum>
static QString wordFor(const Words &words, Enum value)
{
    for (const auto &word : words)
        if (word.value == value)
            return word.text.toString();
    Q_UNREACHABLE();
}

static QJsonArray pairsToJson(const QList<std::pair<QString, QString>> &pairs)
{
    QJsonArray array;
    for (const auto &[name, value] : pairs)
        array.append(QJsonArray{name, value});
    return array;
}

QByteArray Plan::toJson() const
{
    QJsonArray taskArray;
    for (const Task &task : tasks) {
        QJsonObject object{{u"name"_s, task.name},
                           {u"kind"_s, wordFor(kindWords, task.kind)},
                           {u"title"_s, task.title},
                           {u"command"_s, task.command.toJson()},
                           {u"format"_s, wordFor(formatWords, task.format)}};
        if (!task.image.isEmpty())
            object.insert(u"image"_s, task.image);
        if (!task.containers.isEmpty())
            object.insert(u"containers"_s, QJsonArray::fromStringList(task.containers));
        taskArray.append(object);
    }
    QJsonObject object{{u"version"_s, version},
                       {u"environment"_s, environment},
                       {u"purpose"_s, purpose},
                       {u"engine"_s, engine.toJson()},
                       {u"choices"_s, pairsToJson(choices)},
                       {u"tasks"_s, taskArray},
                       {u"created"_s, created.toUTC().toString(Qt::ISODateWithMs)}};
    if (!validationArguments.isEmpty())
        object.insert(u"validationArguments"_s, QJsonArray::fromStringList(validationArguments));
    if (!reasons.isEmpty())
        object.insert(u"reasons"_s, pairsToJson(reasons));
    if (retryOf > 0)
        object.insert(u"retryOf"_s, retryOf);
    if (memoryBytes > 0)
        object.insert(u"memoryBytes"_s, memoryBytes);
    return QJsonDocument(object).toJson(QJsonDocument::Indented);
}

namespace {

/// Reads the values of a plan and keeps the first thing that is wrong: where it stands and what was expected there.
class PlanReader
{
public:
    explicit PlanReader(QString file)
        : m_file(std::move(file))
    {}

    QString text(const QJsonObject &object, const QString &at, const QString &key, bool required = true)
    {
        const QJsonValue value = object.value(key);
        if (!value.isString() && (required || !value.isUndefined()))
            expect(at + key, tr("a text"), value);
        return value.toString();
    }
    QJsonArray array(const QJsonObject &object, const QString &at, const QString &key, bool required = true)
    {
        const QJsonValue value = object.value(key);
        if (!value.isArray() && (required || !value.isUndefined()))
            expect(at + key, tr("a list"), value);
        return value.toArray();
    }
    QJsonObject object(const QJsonObject &parent, const QString &at, const QString &key)
    {
        const QJsonValue value = parent.value(key);
        if (!value.isObject())
            expect(at + key, tr("an object"), value);
        return value.toObject();
    }
    QStringList texts(const QJsonObject &object, const QString &at, const QString &key, bool required)
    {
        QStringList list;
        const QJsonArray values = array(object, at, key, required);
        for (qsizetype i = 0; i < values.size(); ++i) {
            if (!values.at(i).isString())
                expect(u"%1%2[%3]"_s.arg(at, key).arg(i), tr("a text"), values.at(i));
            list << values.at(i).toString();
        }
        return list;
    }
    QList<std::pair<QString, QString>> pairs(const QJsonObject &object, const QString &key, bool required)
    {
        QList<std::pair<QString, QString>> list;
        const QJsonArray values = array(object, {}, key, required);
        for (qsizetype i = 0; i < values.size(); ++i) {
            const QJsonArray pair = values.at(i).toArray();
            if (pair.size() != 2 || !pair.at(0).isString() || !pair.at(1).isString())
                expect(u"%1[%2]"_s.arg(key).arg(i), tr("a name and a value"), values.at(i));
            list.append({pair.at(0).toString(), pair.at(1).toString()});
        }
        return list;
    }
    template <class Words>
    auto word(const QJsonObject &object, const QString &at, const QString &key, const Words &words)
    {
        const QString given = text(object, at, key);
        QStringList known;
        for (const auto &word : words) {
            if (word.text == given)
                return word.value;
            known << word.text.toString();
        }
        expect(at + key, tr("one of %1").arg(known.join(u", "_s)), object.value(key));
        return words.front().value;
    }
    void expect(const QString &where, const QString &what, const QJsonValue &found)
    {
        if (m_error)
            return;
        const QString there =
            found.isUndefined()
                ? tr("nothing")
                : QString::fromUtf8(QJsonDocument(QJsonArray{found}).toJson(QJsonDocument::Compact)).chopped(1).mid(1);
        m_error = Error{ErrorKind::Invalid,
                        tr("%1: expected %2 at “%3”, found %4.").arg(m_file, what, where, there.left(80)),
                        {},
                        tr("The plan was not written by this version of Kernelyard; start the build again.")};
    }
    const std::optional<Error> &error() const { return m_error; }

    static QString tr(const char *text) { return QCoreApplication::translate("Plan", text); }

private:
    QString m_file;
    std::optional<Error> m_error;
};

} // namespace

static Command readCommand(PlanReader &reader, const QJsonObject &task, const QString &at)
{
    const QJsonObject object = reader.object(task, at, u"command"_s);
    const QString inside = at + u"command.";
    const QString program = reader.text(object, inside, u"program"_s);
    if (program.isEmpty())
        reader.expect(inside + u"program", PlanReader::tr("a program"), object.value(u"program"_s));
    reader.texts(object, inside, u"arguments"_s, true);
    return Command::fromJson(object);
}

static Task readTask(PlanReader &reader, const QJsonObject &object, const QString &at)
{
    Task task;
    task.name = reader.text(object, at, u"name"_s);
    task.kind = reader.word(object, at, u"kind"_s, kindWords);
    task.title = reader.text(object, at, u"title"_s);
    task.command = readCommand(reader, object, at);
    task.format = reader.word(object, at, u"format"_s, formatWords);
    task.image = reader.text(object, at, u"image"_s, false);
    task.containers = reader.texts(object, at, u"containers"_s, false);
    return task;
}

static Error syntaxError(const QString &file, const QByteArray &json, const QJsonParseError &error)
{
    // Qt's offset lies behind the byte that it could not take.
    const QByteArray before = json.first(std::clamp<qsizetype>(error.offset - 1, 0, json.size()));
    const qsizetype line = before.count('\n') + 1;
    const qsizetype column = before.size() - before.lastIndexOf('\n');
    return {ErrorKind::Invalid,
            PlanReader::tr("%1:%2:%3: not JSON: %4.").arg(file).arg(line).arg(column).arg(error.errorString()),
            {},
            PlanReader::tr("The plan is damaged; start the build again.")};
}

Result<Plan> Plan::read(const QString &file)
{
    QFile plan(file);
    if (!plan.open(QIODevice::ReadOnly))
        return Failure(systemError(file, errno));
    return fromJson(plan.readAll(), file);
}

Result<Plan> Plan::fromJson(const QByteArray &json, const QString &file)
{
    QJsonParseError syntax;
    const QJsonDocument document = QJsonDocument::fromJson(json, &syntax);
    if (syntax.error != QJsonParseError::NoError)
        return Failure(syntaxError(file, json, syntax));
    const QJsonObject object = document.object();
    PlanReader reader(file);
    if (object.value(u"version"_s).toInt() != version)
        reader.expect(u"version"_s, QString::number(version), object.value(u"version"_s));

    Plan plan;
    plan.environment = reader.text(object, {}, u"environment"_s);
    plan.purpose = reader.text(object, {}, u"purpose"_s);
    plan.engine = Engine::fromJson(reader.object(object, {}, u"engine"_s));
    plan.choices = reader.pairs(object, u"choices"_s, true);
    plan.reasons = reader.pairs(object, u"reasons"_s, false);
    plan.validationArguments = reader.texts(object, {}, u"validationArguments"_s, false);
    const QJsonArray taskArray = reader.array(object, {}, u"tasks"_s);
    for (qsizetype i = 0; i < taskArray.size(); ++i) {
        const QString at = u"tasks[%1]"_s.arg(i);
        if (!taskArray.at(i).isObject())
            reader.expect(at, PlanReader::tr("an object"), taskArray.at(i));
        plan.tasks.append(readTask(reader, taskArray.at(i).toObject(), at + u'.'));
    }
    plan.created = QDateTime::fromString(reader.text(object, {}, u"created"_s), Qt::ISODateWithMs);
    if (!plan.created.isValid())
        reader.expect(u"created"_s, PlanReader::tr("a time such as 2026-01-31T12:00:00Z"), object.value(u"created"_s));
    plan.retryOf = object.value(u"retryOf"_s).toInt();
    plan.memoryBytes = object.value(u"memoryBytes"_s).toInteger();
    if (const auto &error = reader.error())
        return Failure(*error);
    return plan;
}

bool isTransfer(const Plan &plan)
{
    return !plan.tasks.isEmpty() && plan.tasks.first().kind == TaskKind::Transfer;
}

bool isBeside(const Plan &plan)
{
    return isTransfer(plan) || (!plan.tasks.isEmpty() && plan.tasks.first().kind == TaskKind::Container);
}

} // namespace kernelyard
