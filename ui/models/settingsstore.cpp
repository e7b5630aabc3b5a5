// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/settingsstore.h"

#include "core/base/whendone.h"

#include <QFuture>
#include <QtConcurrent>

namespace kernelyard {

SettingsStore::SettingsStore(Settings read, QString file, QObject *parent)
    : QObject(parent)
    , m_value(std::move(read))
    , m_file(std::move(file))
{
    m_writer.setMaxThreadCount(1);
}

SettingsStore::~SettingsStore()
{
    m_writer.waitForDone();
}

void SettingsStore::change(const std::function<void(Settings &)> &edit)
{
    Settings edited = m_value;
    edit(edited);
    if (edited == m_value)
        return;
    m_value = edited;
    whenDone(QtConcurrent::run(&m_writer, [edited, file = m_file] { return edited.write(file); }), this,
             [this](const Result<void> &written) {
                 if (!written)
                     Q_EMIT writeFailed(written.error());
             });
    Q_EMIT changed();
}

} // namespace kernelyard
