// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/diagnosis/rulebook.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>

#include <yaml-cpp/yaml.h>

using namespace Qt::StringLiterals;

namespace kernelyard {
namespace {

/// Thrown inside this file only, where a node is not what the format asks for.
struct BadNode
{
    int line;
    QString expected;
};

[[noreturn]] void refuse(const YAML::Node &node, const QString &expected)
{
    throw BadNode{node.Mark().line + 1, expected};
}

QString text(const YAML::Node &node, const QString &what)
{
    if (!node || !node.IsScalar())
        refuse(node, what);
    return QString::fromStdString(node.Scalar());
}

QRegularExpression expression(const YAML::Node &node)
{
    QRegularExpression compiled(text(node, u"a regular expression"_s), QRegularExpression::CaseInsensitiveOption);
    if (!compiled.isValid())
        refuse(
            node,
            u"a valid regular expression (%1 at %2)"_s.arg(compiled.errorString()).arg(compiled.patternErrorOffset()));
    compiled.optimize();
    return compiled;
}

QStringList textList(const YAML::Node &node, const QString &what)
{
    if (node && node.IsScalar())
        return {text(node, what)};
    if (!node || !node.IsSequence())
        refuse(node, what);
    QStringList values;
    for (const YAML::Node &item : node)
        values << text(item, what);
    return values;
}

class Reader
{
public:
    explicit Reader(Rulebook &book)
        : m_book(book)
    {}

    void readSigns(const YAML::Node &root)
    {
        for (const auto &entry : root["signs"])
            m_book.signs << text(entry.first, u"the name of a sign"_s);
    }

    void readPatterns(const YAML::Node &root)
    {
        for (const auto &entry : root["signs"])
            addPatterns(Rulebook::Role::Sign, static_cast<int>(m_book.signs.indexOf(text(entry.first, {}))),
                        entry.second);
        const YAML::Node outcome = root["outcome"];
        if (outcome) {
            addPatterns(Rulebook::Role::Failed, 0, outcome["failed"]);
            addPatterns(Rulebook::Role::Done, 0, outcome["done"]);
            if (outcome["overcome"])
                addPatterns(Rulebook::Role::Overcome, 0, outcome["overcome"]);
        }
        for (const YAML::Node &node : root["causes"]) {
            CauseRule cause;
            cause.label = text(node["label"], u"a label"_s);
            cause.summary = text(node["summary"], u"a summary"_s);
            cause.remedy = text(node["remedy"], u"a remedy"_s);
            readRemedy(node, cause);
            cause.contributing = node["contributing"].as<bool>(false);
            cause.generic = node["generic"].as<bool>(false);
            m_book.causes << cause;
            addPatterns(Rulebook::Role::Cause, static_cast<int>(m_book.causes.size()) - 1, node["lines"]);
        }
    }

    void readPhrases(const YAML::Node &root)
    {
        for (const YAML::Node &node : root["phrases"]) {
            const QString english = text(node["english"], u"a message in English"_s);
            for (const auto &entry : node) {
                if (text(entry.first, {}) == u"english"_s)
                    continue;
                for (const QString &words : textList(entry.second, u"the message in another language"_s))
                    addPhrase(entry.second, words, english);
            }
        }
    }

    void finish() { m_book.scanner = LiteralScanner(m_book.literals); }

private:
    static void readRemedy(const YAML::Node &node, CauseRule &cause)
    {
        static const QHash<QString, RemedyAction> actions = {{u"fewer-jobs"_s, RemedyAction::FewerJobs},
                                                             {u"arch-list"_s, RemedyAction::ArchList},
                                                             {u"free-space"_s, RemedyAction::FreeSpace},
                                                             {u"start-engine"_s, RemedyAction::StartEngine},
                                                             {u"gpu-toolkit"_s, RemedyAction::GpuToolkit}};
        if (node["action"]) {
            cause.action = actions.value(text(node["action"], u"an action"_s));
            if (cause.action == RemedyAction::None)
                refuse(node["action"], u"one of "_s + QStringList(actions.keys()).join(u", "_s));
        }
        if (node["command"]) {
            cause.action = RemedyAction::Run;
            cause.command = textList(node["command"], u"a program and its arguments"_s);
        }
        for (const YAML::Node &code : node["exitCodes"])
            cause.exitCodes << code.as<int>();
    }

    /// Each * of \a words is a gap: what the message quotes.
    void addPhrase(const YAML::Node &node, const QString &words, const QString &english)
    {
        const QStringList parts = words.split(u'*');
        QStringList escaped;
        QString longest;
        for (const QString &part : parts) {
            escaped << QRegularExpression::escape(part);
            if (part.trimmed().size() > longest.size())
                longest = part.trimmed();
        }
        const QString anchor = longest.left(anchorLength).trimmed();
        if (anchor.toUtf8().size() < 3 || words.startsWith(u'*') || words.endsWith(u'*'))
            refuse(node, u"words of at least 3 bytes, and none but words at the ends, not “%1”"_s.arg(words));
        QRegularExpression match(escaped.join(u"(.{1,300}?)"_s), QRegularExpression::CaseInsensitiveOption);
        match.optimize();
        m_book.phrases.append({match, english});
        m_book.phrasesOfLiteral[literal(anchor.toUtf8())] << static_cast<int>(m_book.phrases.size()) - 1;
    }

    /// Its index.
    qsizetype literal(const QByteArray &bytes)
    {
        const QByteArray wanted = lowerAscii(bytes);
        const auto known = m_literals.constFind(wanted);
        if (known != m_literals.cend())
            return *known;
        m_literals.insert(wanted, m_book.literals.size());
        m_book.literals << wanted;
        m_book.entriesOfLiteral << QList<int>();
        m_book.phrasesOfLiteral << QList<int>();
        return m_book.literals.size() - 1;
    }

    static QByteArray lowerAscii(QByteArray bytes)
    {
        for (char &byte : bytes)
            if (byte >= 'A' && byte <= 'Z')
                byte = static_cast<char>(byte - 'A' + 'a');
        return bytes;
    }

    void addPatterns(Rulebook::Role role, int index, const YAML::Node &lines)
    {
        if (!lines || !lines.IsSequence())
            refuse(lines, u"a list of line patterns"_s);
        for (const YAML::Node &node : lines) {
            LinePattern pattern;
            pattern.match = expression(node["match"]);
            if (node["unless"])
                pattern.unless = expression(node["unless"]);
            pattern.onlyIfFailed = node["onlyIfFailed"].as<bool>(false);
            pattern.weak = node["weak"].as<bool>(false);
            if (node["summary"])
                pattern.summary = text(node["summary"], u"a summary"_s);
            if (node["remedy"])
                pattern.remedy = text(node["remedy"], u"a remedy"_s);
            if (node["with"])
                pattern.with = companions(node["with"]);
            if (node["without"])
                pattern.without = companions(node["without"]);
            m_book.entries.append({role, index, pattern});
            for (const QString &near :
                 textList(node["near"], u"one literal, or a list of them, that the line holds"_s)) {
                if (near.size() < 3)
                    refuse(node["near"], u"literals of at least 3 characters"_s);
                const qsizetype at = literal(near.toUtf8());
                m_book.entriesOfLiteral[at] << static_cast<int>(m_book.entries.size()) - 1;
            }
        }
    }

    /// "name" anywhere, "name~20" within 20 lines.
    QList<Companion> companions(const YAML::Node &node)
    {
        QList<Companion> found;
        for (const QString &item : textList(node, u"the names of signs"_s)) {
            const QString name = item.section(u'~', 0, 0);
            const qsizetype sign = m_book.signs.indexOf(name);
            if (sign < 0)
                refuse(node, u"a sign that exists, not %1"_s.arg(name));
            found.append({static_cast<int>(sign), item.contains(u'~') ? item.section(u'~', 1).toInt() : -1});
        }
        return found;
    }

    /// Of a phrase, the characters that the scanner looks for: enough to tell, and its table stays small.
    static constexpr qsizetype anchorLength = 12;

    Rulebook &m_book;
    QHash<QByteArray, qsizetype> m_literals;
};

} // namespace

Result<Rulebook> Rulebook::read(const QString &folder)
{
    const QStringList files = QDir(folder).entryList({u"*.yml"_s}, QDir::Files, QDir::Name);
    if (files.isEmpty())
        return Failure(Error{ErrorKind::NotFound,
                             QCoreApplication::translate("Diagnosis", "%1 holds no diagnosis rules.").arg(folder),
                             {},
                             QCoreApplication::translate("Diagnosis", "Install the program's data files again.")});
    Rulebook book;
    QString file;
    try {
        Reader reader(book);
        QList<YAML::Node> roots;
        for (const QString &name : files) {
            file = folder + u'/' + name;
            roots << YAML::LoadFile(QFile::encodeName(file).toStdString());
            reader.readSigns(roots.last());
        }
        for (qsizetype i = 0; i < roots.size(); ++i) {
            file = folder + u'/' + files.at(i);
            reader.readPatterns(roots.at(i));
            reader.readPhrases(roots.at(i));
        }
        reader.finish();
    } catch (const BadNode &bad) {
        return Failure(Error{ErrorKind::Invalid,
                             QCoreApplication::translate("Diagnosis", "%1, line %2: expected %3.")
                                 .arg(file)
                                 .arg(bad.line)
                                 .arg(bad.expected),
                             {},
                             {}});
    } catch (const YAML::Exception &exception) {
        return Failure(Error{ErrorKind::Invalid,
                             QCoreApplication::translate("Diagnosis", "%1, line %2: this is no YAML.")
                                 .arg(file)
                                 .arg(exception.mark.line + 1),
                             QString::fromStdString(exception.msg),
                             {}});
    }
    return book;
}

Result<Rulebook> Rulebook::ofInstallation(const Paths &paths)
{
    return read(paths.shipped + u"/resources/diagnosis");
}

} // namespace kernelyard
