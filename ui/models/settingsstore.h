// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/settings.h"

#include <QObject>
#include <QThreadPool>

#include <functional>

namespace kernelyard {

/// The settings of the running window. Changes apply at once and are written on a worker, in order.
class SettingsStore : public QObject
{
    Q_OBJECT

public:
    SettingsStore(Settings read, QString file, QObject *parent = nullptr);
    ~SettingsStore() override; ///< waits for the last write

    const Settings &value() const { return m_value; }
    void change(const std::function<void(Settings &)> &edit);

Q_SIGNALS:
    void changed();
    void writeFailed(const kernelyard::Error &error);

private:
    Settings m_value;
    QString m_file;
    QThreadPool m_writer;
};

} // namespace kernelyard
