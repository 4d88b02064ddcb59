// A program of somebody else, in C++: the headers must give C names to it.
#include <liqscan/progress.h>
#include <liqscan/status.h>

#include <iostream>
#include <string>

int main()
{
    const liq_error error = {LIQ_OK, 0, ""};

    if (error.status != LIQ_OK || std::string(liq_status_name(LIQ_NO_DEVICE)) != "no_device")
        return 1;
    std::cout << "outside: ok\n";
    return 0;
}
