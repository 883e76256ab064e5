//! The system calls that the back end makes, so that tests can stand in for the kernel.
use super::abi::Plain;
use std::ffi::CStr;
use tandem_rt::sys::{DahdiFile, Errno};

/// The devices of DAHDI. No call waits.
pub trait DahdiSys: Send {
    /// An open device.
    type Device: Send;

    /// Opens a device for both directions.
    fn open(&mut self, path: &CStr) -> Result<Self::Device, Errno>;

    /// Makes a request with what it takes and gives.
    fn control(&mut self, device: &Self::Device, request: u32, data: &mut [u8]) -> Result<i32, Errno>;

    /// Reads a block.
    fn read(&mut self, device: &Self::Device, into: &mut [u8]) -> Result<usize, Errno>;

    /// Writes a block.
    fn write(&mut self, device: &Self::Device, from: &[u8]) -> Result<usize, Errno>;

    /// Closes a device.
    fn close(&mut self, device: Self::Device);
}

/// The kernel's.
#[derive(Clone, Copy, Debug, Default)]
pub struct Kernel;

impl DahdiSys for Kernel {
    type Device = DahdiFile;

    fn open(&mut self, path: &CStr) -> Result<DahdiFile, Errno> {
        DahdiFile::open(path)
    }

    fn control(&mut self, device: &DahdiFile, request: u32, data: &mut [u8]) -> Result<i32, Errno> {
        device.control(request, data)
    }

    fn read(&mut self, device: &DahdiFile, into: &mut [u8]) -> Result<usize, Errno> {
        device.read(into)
    }

    fn write(&mut self, device: &DahdiFile, from: &[u8]) -> Result<usize, Errno> {
        device.write(from)
    }

    fn close(&mut self, device: DahdiFile) {
        drop(device);
    }
}

/// Makes a request with a structure.
pub(super) fn ask<S: DahdiSys, T: Plain>(
    sys: &mut S,
    device: &S::Device,
    request: u32,
    value: &mut T,
) -> Result<(), Errno> {
    sys.control(device, request, value.octets_mut()).map(|_| ())
}

/// Makes a request that gives a number.
pub(super) fn get<S: DahdiSys>(sys: &mut S, device: &S::Device, request: u32) -> Result<i32, Errno> {
    let mut number = 0;
    ask(sys, device, request, &mut number).map(|()| number)
}

/// Makes a request that takes a number.
pub(super) fn set<S: DahdiSys>(
    sys: &mut S,
    device: &S::Device,
    request: u32,
    number: i32,
) -> Result<(), Errno> {
    ask(sys, device, request, &mut { number })
}
