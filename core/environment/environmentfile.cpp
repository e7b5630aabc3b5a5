// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/environment/environmentfile.h"

#include "core/environment/imagename.h"
#include "core/environment/layerorder.h"
#include "core/environment/reference.h"
#include "core/environment/yamlreader.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QRegularExpression>
#include <QSet>

#include <algorithm>
#include <cerrno>

using namespace Qt::StringLiterals;

namespace kernelyard {

namespace {

constexpr qint64 fileLimitBytes = 1 << 20;

QString tr(const char *text)
{
    return QCoreApplication::translate("EnvironmentFile", text);
}

QString folderOfPaths(const QString &file, const Paths &paths, bool *shipped)
{
    const QString folder = QFileInfo(file).absolutePath();
    *shipped = !paths.shipped.isEmpty() && folder == QDir::cleanPath(paths.shipped + u"/resources/environments"_s);
    return *shipped ? QDir::cleanPath(paths.shipped) : folder;
}

/// What may stand in a `${…}` of one place of the file.
struct Allowed
{
    QStringList kinds; ///< without a name: base, script, suite, fork, shipped
    bool layers = false;
    bool choices = false;
    YamlReader::Empty empty = YamlReader::Empty::Refused;
};

class EnvironmentReader
{
public:
    EnvironmentReader(const QString &file, const Paths &paths)
        : m_yaml(file)
        , m_paths(paths)
    {
        m_environment.file = file;
        m_folder = folderOfPaths(file, paths, &m_environment.shipped);
    }

    Result<Environment> read(const YamlValue &root);

private:
    void readChoices(const YamlValue &value);
    void readBase(const YamlValue &value);
    void readLayers(const YamlValue &value);
    Layer readLayer(const YamlValue &value);
    void readArguments(const YamlValue &value, Layer *layer);
    void readFork(const YamlValue &value);
    void readValidation(const YamlValue &value);
    void readRebuild(const YamlValue &value);
    void readDevContainer(const YamlValue &value);
    QString layerNamed(const YamlValue &value, const QString &what);
    void sortLayers(const YamlValue &value);

    QString name(const YamlValue &value, const QString &what);
    QString path(const YamlValue &value, const QString &what, QDir::Filters kind);
    QString script(const YamlValue &value);
    QString folderOrChoice(const YamlValue &value, const QString &what);
    QString pathInContainer(const YamlValue &value, const QString &what);
    QString textWithReferences(const YamlValue &value, const QString &what, const Allowed &allowed);
    void checkReference(const YamlValue &at, const Reference &reference, const Allowed &allowed);

    YamlReader m_yaml;
    const Paths &m_paths;
    QString m_folder; ///< where relative paths start
    Environment m_environment;
    QStringList m_layerNames; ///< known before the layers' references are read
    QList<TextPosition> m_layerPlaces;
};

Result<Environment> EnvironmentReader::read(const YamlValue &root)
{
    const QString what = tr("an environment file");
    m_yaml.mapping(root, what,
                   {u"name"_s, u"description"_s, u"choices"_s, u"base"_s, u"layers"_s, u"fork"_s, u"validation"_s,
                    u"rebuild"_s, u"dev-container"_s});
    if (const YamlValue *value = m_yaml.require(root, what, u"name"_s))
        m_environment.name = name(*value, tr("the environment's name"));
    if (const YamlValue *value = m_yaml.require(root, what, u"description"_s))
        m_environment.description = m_yaml.text(*value, tr("the description")).simplified();
    if (const YamlValue *value = m_yaml.find(root, u"choices"_s))
        readChoices(*value);
    if (const YamlValue *value = m_yaml.require(root, what, u"base"_s))
        readBase(*value);
    if (const YamlValue *value = m_yaml.require(root, what, u"layers"_s))
        readLayers(*value);
    if (const YamlValue *value = m_yaml.find(root, u"fork"_s))
        readFork(*value);
    if (const YamlValue *value = m_yaml.find(root, u"validation"_s))
        readValidation(*value);
    if (const YamlValue *value = m_yaml.find(root, u"rebuild"_s))
        readRebuild(*value);
    if (const YamlValue *value = m_yaml.find(root, u"dev-container"_s))
        readDevContainer(*value);
    if (const auto &error = m_yaml.error())
        return Failure(*error);
    return m_environment;
}

void EnvironmentReader::readChoices(const YamlValue &value)
{
    const QString what = tr("a choice");
    for (const YamlValue &item : m_yaml.list(value, tr("choices"))) {
        if (!m_yaml.mapping(item, what,
                            {u"name"_s, u"description"_s, u"default"_s, u"values"_s, u"folder"_s, u"detect"_s}))
            return;
        Choice choice;
        const YamlValue *nameValue = m_yaml.require(item, what, u"name"_s);
        if (nameValue)
            choice.name = name(*nameValue, tr("a choice's name"));
        if (const YamlValue *text = m_yaml.find(item, u"description"_s))
            choice.description = m_yaml.text(*text, tr("a choice's description")).simplified();
        if (const YamlValue *values = m_yaml.find(item, u"values"_s))
            choice.values = m_yaml.texts(*values, tr("a choice's values"));
        if (const YamlValue *text = m_yaml.require(item, what, u"default"_s)) {
            choice.defaultValue = m_yaml.text(*text, tr("a choice's default"), YamlReader::Empty::Allowed);
            if (!choice.values.isEmpty() && !choice.values.contains(choice.defaultValue))
                m_yaml.fail(*text, tr("the default of %1 is not among its values.").arg(choice.name),
                            tr("Its values are: %1.").arg(choice.values.join(u", "_s)));
        }
        if (const YamlValue *folder = m_yaml.find(item, u"folder"_s))
            choice.isFolder = m_yaml.flag(*folder, tr("a choice's folder"));
        if (const YamlValue *detect = m_yaml.find(item, u"detect"_s)) {
            choice.detectsArchitectures = m_yaml.text(*detect, tr("a choice's detect")) == u"cuda-architectures";
            if (!m_yaml.error() && !choice.detectsArchitectures)
                m_yaml.fail(*detect, tr("\"%1\" can't be detected.").arg(detect->text),
                            tr("What can be: cuda-architectures."));
        }
        if (choice.isFolder && !m_yaml.error())
            choice.defaultValue = path(*m_yaml.find(item, u"default"_s), tr("a choice's default"), QDir::Dirs);
        if (std::ranges::find(m_environment.choices, choice.name, &Choice::name) != m_environment.choices.end())
            m_yaml.fail(nameValue ? *nameValue : item, tr("there are two choices named %1.").arg(choice.name));
        m_environment.choices.append(choice);
    }
}

void EnvironmentReader::readBase(const YamlValue &value)
{
    const QString what = tr("base");
    m_yaml.mapping(value, what, {u"pull"_s, u"make-from-host"_s});
    if (const YamlValue *pull = m_yaml.require(value, what, u"pull"_s)) {
        QString image = textWithReferences(*pull, tr("base.pull"), {{}, false, true, {}});
        m_environment.base.pull = image;
        image = substituted(
            image,
            [this](const Reference &reference) -> std::optional<QString> {
                for (const Choice &choice : m_environment.choices)
                    if (reference.kind == u"choice" && reference.name == choice.name)
                        return choice.defaultValue;
                return {};
            },
            Pass::Last);
        if (!m_yaml.error() && !ImageName::fromText(image))
            m_yaml.fail(
                *pull, tr("\"%1\" is no image name.").arg(image),
                tr("Expected REGISTRY/REPOSITORY:TAG in lower case, such as docker.io/library/debian:12-slim."));
    }
    if (const YamlValue *make = m_yaml.find(value, u"make-from-host"_s))
        m_environment.base.makeFromHost = m_yaml.flag(*make, tr("base.make-from-host"));
}

void EnvironmentReader::readLayers(const YamlValue &value)
{
    const QList<YamlValue> items = m_yaml.list(value, tr("layers"));
    for (const YamlValue &item : items) // names first: a layer may refer to a later one
        if (item.kind == YamlValue::Kind::Mapping)
            if (const YamlValue *text = m_yaml.find(item, u"name"_s))
                m_layerNames << text->text;
    for (const YamlValue &item : items) {
        const Layer layer = readLayer(item);
        if (m_yaml.error())
            return;
        if (m_environment.layer(layer.name))
            m_yaml.fail(*m_yaml.find(item, u"name"_s), tr("there are two layers named %1.").arg(layer.name));
        m_environment.layers.append(layer);
        m_layerPlaces.append(item.at);
    }
    sortLayers(value);
}

Layer EnvironmentReader::readLayer(const YamlValue &value)
{
    const QString what = tr("a layer");
    Layer layer;
    m_yaml.mapping(
        value, what,
        {u"name"_s, u"dockerfile"_s, u"classic-dockerfile"_s, u"context"_s, u"target"_s, u"network"_s, u"arguments"_s});
    if (const YamlValue *text = m_yaml.require(value, what, u"name"_s)) {
        layer.name = name(*text, tr("a layer's name"));
        // These are the names of the plan's other tasks.
        if (QStringList{u"base"_s, u"fork"_s, u"validate"_s}.contains(layer.name))
            m_yaml.fail(*text, tr("no layer may be named %1: a build has a step of that name.").arg(layer.name));
    }
    if (const YamlValue *text = m_yaml.require(value, what, u"dockerfile"_s))
        layer.dockerfile = path(*text, tr("a layer's dockerfile"), QDir::Files);
    if (const YamlValue *text = m_yaml.find(value, u"classic-dockerfile"_s))
        layer.classicDockerfile = path(*text, tr("a layer's classic-dockerfile"), QDir::Files);
    if (const YamlValue *text = m_yaml.require(value, what, u"context"_s))
        layer.context = folderOrChoice(*text, tr("a layer's context"));
    if (const YamlValue *text = m_yaml.find(value, u"network"_s)) {
        layer.offline = m_yaml.text(*text, tr("a layer's network")) == u"none";
        if (!m_yaml.error() && !layer.offline)
            m_yaml.fail(*text, tr("a layer's network can't be \"%1\".").arg(text->text),
                        tr("Write none, or leave the key out for the engine's own."));
    }
    if (const YamlValue *text = m_yaml.find(value, u"target"_s))
        layer.target = name(*text, tr("a layer's target"));
    if (const YamlValue *arguments = m_yaml.find(value, u"arguments"_s))
        readArguments(*arguments, &layer);
    return layer;
}

void EnvironmentReader::readArguments(const YamlValue &value, Layer *layer)
{
    static const QRegularExpression variable(QRegularExpression::anchoredPattern(u"[A-Za-z_][A-Za-z0-9_]*"_s));
    if (value.kind != YamlValue::Kind::Mapping) {
        m_yaml.fail(value, tr("a layer's arguments must be a mapping of build arguments to their values."));
        return;
    }
    QSet<QString> seen;
    for (const auto &[key, content] : value.pairs) {
        if (!variable.match(key.text).hasMatch())
            m_yaml.fail(key, tr("\"%1\" is no name of a build argument.").arg(key.text),
                        tr("Expected letters, digits and underscores, such as BASE_IMAGE."));
        if (seen.contains(key.text))
            m_yaml.fail(key, tr("the argument %1 stands there twice.").arg(key.text));
        seen.insert(key.text);
        layer->arguments.append({key.text, textWithReferences(content, tr("the argument %1").arg(key.text),
                                                              {{u"base"_s}, true, true, YamlReader::Empty::Allowed})});
    }
}

void EnvironmentReader::sortLayers(const YamlValue &value)
{
    if (m_yaml.error())
        return;
    const LayerOrder order = layerOrder(m_environment.layers);
    if (!order.cycle.isEmpty()) {
        YamlValue at = value;
        for (qsizetype i = 0; i < m_environment.layers.size(); ++i)
            if (m_environment.layers.at(i).name == order.cycle.first())
                at.at = m_layerPlaces.at(i);
        m_yaml.fail(at, tr("the layers need each other in a circle: %1.").arg(order.cycle.join(u" → "_s)),
                    tr("Take one of these references out."));
        return;
    }
    m_environment.layers = order.layers;
}

void EnvironmentReader::readFork(const YamlValue &value)
{
    const QString what = tr("fork");
    ForkSource fork;
    m_yaml.mapping(value, what, {u"name"_s, u"url"_s, u"seed"_s, u"mount-at"_s});
    if (const YamlValue *text = m_yaml.require(value, what, u"name"_s))
        fork.name = name(*text, tr("fork.name"));
    const YamlValue *url = m_yaml.find(value, u"url"_s);
    const YamlValue *seed = m_yaml.find(value, u"seed"_s);
    if (url)
        fork.url = textWithReferences(*url, tr("fork.url"), {{}, false, true, {}});
    if (url && fork.url.startsWith(u'-'))
        m_yaml.fail(*url, tr("fork.url must be a git address."));
    if (seed)
        fork.seed = path(*seed, tr("fork.seed"), QDir::Dirs);
    if (!m_yaml.error() && (url == nullptr) == (seed == nullptr))
        m_yaml.fail(value, tr("fork needs either \"url\" (a git address) or \"seed\" (a folder of sources)."));
    if (const YamlValue *text = m_yaml.require(value, what, u"mount-at"_s))
        fork.mountAt = pathInContainer(*text, tr("fork.mount-at"));
    m_environment.fork = fork;
}

void EnvironmentReader::readValidation(const YamlValue &value)
{
    const QString what = tr("validation");
    ValidationSuite suite;
    m_yaml.mapping(value, what, {u"layer"_s, u"script"_s, u"suite"_s, u"mount-at"_s, u"command"_s});
    if (const YamlValue *text = m_yaml.require(value, what, u"layer"_s))
        suite.layer = layerNamed(*text, tr("validation.layer"));
    if (const YamlValue *text = m_yaml.require(value, what, u"script"_s))
        suite.script = script(*text);
    if (const YamlValue *text = m_yaml.require(value, what, u"suite"_s))
        suite.suite = path(*text, tr("validation.suite"), QDir::Files | QDir::Dirs);
    if (!m_yaml.error() && QFileInfo(suite.script).fileName() == QFileInfo(suite.suite).fileName())
        m_yaml.fail(value, tr("validation's script and suite have the same file name; they are mounted side by side."));
    if (const YamlValue *text = m_yaml.require(value, what, u"mount-at"_s))
        suite.mountAt = pathInContainer(*text, tr("validation.mount-at"));
    if (const YamlValue *words = m_yaml.require(value, what, u"command"_s)) {
        Allowed allowed{{u"script"_s, u"suite"_s}, false, true, {}};
        if (m_environment.fork)
            allowed.kinds << u"fork"_s;
        for (const YamlValue &word : m_yaml.list(*words, tr("validation.command")))
            suite.command << textWithReferences(word, tr("each word of validation.command"), allowed);
    }
    m_environment.validation = suite;
}

void EnvironmentReader::readRebuild(const YamlValue &value)
{
    RebuildRules rules;
    const std::pair<QString, QStringList *> lists[] = {
        {u"ignored"_s, &rules.ignored},   {u"everything"_s, &rules.everything}, {u"units"_s, &rules.units},
        {u"headers"_s, &rules.headers},   {u"linked"_s, &rules.linked},         {u"submodules"_s, &rules.submodules},
        {u"includes"_s, &rules.includes}, {u"held-commit"_s, &rules.heldCommit}};
    QStringList known{u"layer"_s, u"product"_s};
    for (const auto &[key, list] : lists)
        known << key;
    m_yaml.mapping(value, tr("rebuild"), known);
    for (const auto &[key, list] : lists)
        if (const YamlValue *words = m_yaml.find(value, key))
            *list = m_yaml.texts(*words, tr("rebuild.%1").arg(key));
    if (const YamlValue *text = m_yaml.require(value, tr("rebuild"), u"layer"_s))
        rules.heldLayer = layerNamed(*text, tr("rebuild.layer"));
    if (const YamlValue *text = m_yaml.find(value, u"product"_s))
        rules.product = m_yaml.text(*text, tr("rebuild.product"));
    if (!m_yaml.error() && !m_environment.fork)
        m_yaml.fail(value, tr("rebuild says what changes in a fork mean, and there is no fork."));
    m_environment.rebuild = rules;
}

void EnvironmentReader::readDevContainer(const YamlValue &value)
{
    const QString what = tr("dev-container");
    DevContainerSource source;
    const std::pair<QString, QString *> folders[] = {{u"cached-sources"_s, &source.cachedSources},
                                                     {u"wheels"_s, &source.wheels},
                                                     {u"interpreter"_s, &source.interpreter}};
    m_yaml.mapping(
        value, what,
        {u"layer"_s, u"user"_s, u"cached-sources"_s, u"wheels"_s, u"interpreter"_s, u"link"_s, u"extensions"_s});
    if (const YamlValue *text = m_yaml.find(value, u"layer"_s))
        source.layer = layerNamed(*text, tr("dev-container.layer"));
    if (const YamlValue *text = m_yaml.find(value, u"user"_s))
        source.user = name(*text, tr("dev-container.user"));
    for (const auto &[key, path] : folders)
        if (const YamlValue *text = m_yaml.find(value, key))
            *path = pathInContainer(*text, tr("dev-container.%1").arg(key));
    if (const YamlValue *words = m_yaml.find(value, u"link"_s))
        for (const YamlValue &word : m_yaml.list(*words, tr("dev-container.link")))
            source.link << textWithReferences(word, tr("each word of dev-container.link"),
                                              {{u"fork"_s}, false, false, {}});
    if (const YamlValue *words = m_yaml.find(value, u"extensions"_s))
        source.extensions = m_yaml.texts(*words, tr("dev-container.extensions"));
    m_environment.devContainer = source;
}

QString EnvironmentReader::layerNamed(const YamlValue &value, const QString &what)
{
    QString layer = m_yaml.text(value, what);
    if (!m_yaml.error() && !m_environment.layer(layer))
        m_yaml.fail(value, tr("there is no layer \"%1\".").arg(layer),
                    tr("The layers are: %1.").arg(m_layerNames.join(u", "_s)));
    return layer;
}

QString EnvironmentReader::name(const YamlValue &value, const QString &what)
{
    // Names stand in image tags, container names and folders.
    static const QRegularExpression grammar(QRegularExpression::anchoredPattern(u"[a-z0-9]+(?:-[a-z0-9]+)*"_s));
    QString text = m_yaml.text(value, what);
    if (!m_yaml.error() && (!grammar.match(text).hasMatch() || text.size() > 60))
        m_yaml.fail(value, tr("%1 can't be \"%2\".").arg(what, text),
                    tr("Expected lower-case letters and digits, joined by single hyphens, 60 at most."));
    return text;
}

QString EnvironmentReader::path(const YamlValue &value, const QString &what, QDir::Filters kind)
{
    QString text = textWithReferences(value, what, {{u"shipped"_s}, false, false, {}});
    if (m_yaml.error())
        return {};
    text = substituted(
        text, [this](const Reference &) { return m_paths.shipped; }, Pass::Last);
    QString absolute = QDir::cleanPath(QDir(m_folder).absoluteFilePath(text));
    const QFileInfo info(absolute);
    if (!info.exists())
        m_yaml.fail(value, tr("%1 does not exist: %2").arg(what, absolute),
                    QDir::isAbsolutePath(text) ? QString()
                                               : tr("Relative paths of this file start at %1.").arg(m_folder));
    else if ((!kind.testFlag(QDir::Files) && !info.isDir()) || (!kind.testFlag(QDir::Dirs) && !info.isFile()))
        m_yaml.fail(value, info.isDir() ? tr("%1 must be a file, and %2 is a folder.").arg(what, absolute)
                                        : tr("%1 must be a folder, and %2 is none.").arg(what, absolute));
    return absolute;
}

/// The program of a validation: a file, or a folder that Python runs as one.
QString EnvironmentReader::script(const YamlValue &value)
{
    const QString what = tr("validation.script");
    QString found = path(value, what, QDir::Files | QDir::Dirs);
    if (!m_yaml.error() && QFileInfo(found).isDir() && !QFileInfo(found + u"/__main__.py"_s).isFile())
        m_yaml.fail(value, tr("%1 must be a file or a folder with a __main__.py, and %2 has none.").arg(what, found));
    return found;
}

/// A folder, or as a whole the ${choice:NAME} of one.
QString EnvironmentReader::folderOrChoice(const YamlValue &value, const QString &what)
{
    for (const Choice &choice : m_environment.choices)
        if (choice.isFolder && value.text == u"${choice:"_s + choice.name + u'}')
            return value.text;
    return path(value, what, QDir::Dirs);
}

QString EnvironmentReader::pathInContainer(const YamlValue &value, const QString &what)
{
    QString text = m_yaml.text(value, what);
    if (m_yaml.error())
        return {};
    if (!text.startsWith(u'/') || QDir::cleanPath(text) != text || text == u"/" || text.contains(u':') ||
        text.contains(u','))
        m_yaml.fail(value, tr("%1 must be an absolute path in the container, such as /workspace/attention.").arg(what));
    return text;
}

QString EnvironmentReader::textWithReferences(const YamlValue &value, const QString &what, const Allowed &allowed)
{
    QString text = m_yaml.text(value, what, allowed.empty);
    if (m_yaml.error())
        return {};
    const auto references = referencesIn(text);
    if (!references)
        m_yaml.fail(value, tr("%1 begins a ${ that no } ends.").arg(what), tr("A plain dollar is written $$."));
    else
        for (const Reference &reference : *references)
            checkReference(value, reference, allowed);
    return text;
}

void EnvironmentReader::checkReference(const YamlValue &at, const Reference &reference, const Allowed &allowed)
{
    QStringList known;
    for (const QString &kind : allowed.kinds)
        known << u"${"_s + kind + u'}';
    if (allowed.layers)
        for (const QString &layer : m_layerNames)
            known << u"${layer:"_s + layer + u'}';
    if (allowed.choices)
        for (const Choice &choice : m_environment.choices)
            known << u"${choice:"_s + choice.name + u'}';
    if (known.contains(reference.display()))
        return;
    const QString meant = nearest(reference.display(), known);
    m_yaml.fail(at, tr("nothing here is called %1.").arg(reference.display()),
                !meant.isEmpty()  ? tr("Did you mean %1?").arg(meant)
                : known.isEmpty() ? tr("Nothing can be referred to here. A plain dollar is written $$.")
                                  : tr("What can stand here: %1.").arg(known.join(u", "_s)));
}

} // namespace

Result<Environment> parseEnvironment(const QByteArray &yaml, const QString &file, const Paths &paths)
{
    const Result<YamlValue> root = parseYaml(yaml, file);
    if (!root)
        return Failure(root.error());
    return EnvironmentReader(file, paths).read(*root);
}

Result<Environment> readEnvironment(const QString &file, const Paths &paths)
{
    QFile input(file);
    if (!input.open(QIODevice::ReadOnly)) {
        const int reason = !QFileInfo::exists(file) ? ENOENT : EACCES;
        return Failure(systemError(tr("The environment file %1").arg(file), reason));
    }
    if (input.size() > fileLimitBytes)
        return Failure(errorAt(file, {}, tr("the file is larger than 1 MiB: this is no environment file.")));
    return parseEnvironment(input.readAll(), QFileInfo(file).absoluteFilePath(), paths);
}

} // namespace kernelyard
