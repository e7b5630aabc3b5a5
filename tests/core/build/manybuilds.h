// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/build/crc32c.h"
#include "tests/core/build/writtenbuild.h"

#include <QTemporaryDir>
#include <QtEndian>

namespace kernelyard::test {

/// A journal that began at another time: its first record is Opened (the format stands at JournalWriter).
inline QByteArray begunAt(QByteArray journal, const QDateTime &started)
{
    constexpr qsizetype record = 16, headBytes = 13;
    const auto payload = qFromLittleEndian<quint32>(journal.constData() + record);
    qToLittleEndian<qint64>(started.toMSecsSinceEpoch(), journal.data() + record + headBytes);
    const QByteArrayView checked = QByteArrayView(journal).sliced(record, headBytes + payload);
    qToLittleEndian<quint32>(crc32c(checked), journal.data() + record + headBytes + payload);
    return journal;
}

/// Writes \a count builds of four environments, some of them failed, two hours apart, the newest just now. Copies of a
/// few journals, for each that is really written is synchronised to the disk.
inline bool writeManyBuilds(const Paths &paths, int count)
{
    using namespace Qt::StringLiterals;
    struct Template
    {
        Plan plan;
        QByteArray journal;
    };
    const QTemporaryDir home;
    Paths made;
    made.state = home.path();
    const QStringList environments{u"starter"_s, u"xformers"_s, u"flash-attention"_s, u"sageattention"_s};
    QList<Template> templates;
    for (int i = 1; i <= 48; ++i) {
        WrittenBuild build(made, i);
        build.environment = environments[i % environments.size()];
        build.command = u"TORCH_CUDA_ARCH_LIST=9.0 MAX_JOBS=%1 pip wheel --no-deps ."_s.arg(4 + i % 3);
        build.compile = std::chrono::seconds(300 + i * i % 170);
        build.outcome = i % 11 == 0 ? Outcome::Failed : i % 23 == 0 ? Outcome::Cancelled : Outcome::Done;
        if (!build.write())
            return false;
        QFile journal(made.builds() % u'/' % BuildId(i).folderName() % u"/journal");
        if (!journal.open(QIODevice::ReadOnly))
            return false;
        templates.append({build.plan(), journal.readAll()});
    }
    const QDateTime now = QDateTime::currentDateTimeUtc();
    for (int number = 1; number <= count; ++number) {
        Template one = templates[number * 7LL % templates.size()];
        one.plan.created = now.addSecs(-7200LL * (count - number) - 900);
        const BuildFolder folder{paths.builds() % u'/' % BuildId(number).folderName()};
        QFile plan(folder.plan());
        QFile journal(folder.journal());
        const QByteArray bytes = begunAt(one.journal, one.plan.created);
        if (!QDir().mkpath(folder.path) || !plan.open(QIODevice::WriteOnly) || plan.write(one.plan.toJson()) < 0 ||
            !journal.open(QIODevice::WriteOnly) || journal.write(bytes) != bytes.size())
            return false;
    }
    return true;
}

inline qsizetype countOf(const Paths &paths)
{
    return QDir(paths.builds()).entryList(QDir::Dirs | QDir::NoDotAndDotDot).size();
}

} // namespace kernelyard::test
